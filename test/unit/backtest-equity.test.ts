// Aim: a split or dividend, told before the market gives a price that knows of it, makes nobody richer or poorer.
import { expect, it } from 'vitest';
import { equityInstrument } from '../../infra/feeds/equity-instrument.ts';
import type { CorporateAction } from '../../protos/gen/market.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, scale } from '../../services/kernel/money/amount.ts';
import { EquityRecorder } from '../../services/research/backtest/equity-recorder.ts';

const instrument = brandOf.instrumentId('ACME');
const venue = brandOf.venueId('paper');
const definition = equityInstrument(instrument, { venue, currency: brandOf.currency('USD') });
const time = (minute: number) => brandOf.timestampUs(1_600_000_000_000_000 + minute * 60_000_000);

/** 1,000 in cash and ten shares at 140, as both are before the action. */
function held(): EquityRecorder {
  const recorder = new EquityRecorder({
    instruments: [definition],
    startingCash: money(1_000n * scale),
    maintenanceRatio: 0,
  });
  recorder.takePosition({ instrument, quantity: brandOf.signedQuantity(10n * scale) });
  const prices = { open: 140, high: 140, low: 140, close: 140, volume: 1 };
  const bar = { ...prices, instrument, venue, interval: brandOf.durationUs(60_000_000), openTime: time(0) };
  recorder.takeDatum({ kind: 'bar', time: time(1), bar });
  recorder.endInstant(time(1));
  return recorder;
}

const act = (recorder: EquityRecorder, action: CorporateAction['action']): void =>
  recorder.takeDatum({ kind: 'corporateAction', time: time(2), action: { instrument, venue, action } });

it('seven shares for one at the old price would be a peak that nobody owned', () => {
  const recorder = held();
  act(recorder, { case: 'split', value: { numerator: 7, denominator: 1 } });
  recorder.takePosition({ instrument, quantity: brandOf.signedQuantity(70n * scale) });
  recorder.endInstant(time(2));
  expect([...recorder.curve().equity]).toEqual([2_400, 2_400]);
});

it('a dividend beside the price from before it would be one, too', () => {
  const recorder = held();
  act(recorder, { case: 'dividend', value: { amountPerShare: money(2n * scale) } });
  recorder.takeAccount({ cash: money(1_020n * scale) });
  recorder.endInstant(time(2));
  expect([...recorder.curve().equity]).toEqual([2_400, 2_400]);
});
