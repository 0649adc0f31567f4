// Aim: the simulator's look at an exit that says it is complete finds what is left, and blames no strategy for fills of
// another execution that a person has had the books take over.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { ExitChecks } from '../../services/research/simulate/exit-checks.ts';
import { FillChecks } from '../../services/research/simulate/fill-checks.ts';
import { VenueView } from '../../services/research/simulate/venue-view.ts';
import { Verdicts } from '../../services/research/simulate/verdicts.ts';
import {
  accepted,
  aDecision,
  aFill,
  anIntent,
  anOrder,
  submitStarted,
  units,
} from '../machines/order-samples.ts';
import { anAct, anExit, wasAccepted } from './monitor-samples.ts';

const instrument = brandOf.instrumentId('BBB');
const time = brandOf.timestampUs(1);

interface Traded {
  readonly name: string;
  readonly strategy: string;
  readonly side: 'buy' | 'sell';
  readonly count: number;
  /** Sent by the house, which books it; else by another execution. */
  readonly isBooked: boolean;
}

function accountWithChecks() {
  const verdicts = new Verdicts(() => 0, 0);
  const venue = new VenueView(verdicts);
  const fills = new FillChecks(venue, verdicts);
  const checks = new ExitChecks({ venue, fills, verdicts });

  const trade = ({ name, strategy, side, count, isBooked }: Traded): void => {
    const intent = anIntent({
      ...{ instrument, side, quantity: units(count), triggerId: brandOf.eventId(name) },
      clientOrderId: brandOf.clientOrderId(name),
      strategy: brandOf.strategyId(strategy),
    });
    venue.onSend(intent);
    venue.onEntry({
      ...{ kind: 'filled', marketTime: time, wallTime: time, clientOrderId: intent.clientOrderId },
      fill: {
        ...{ clientOrderId: intent.clientOrderId, instrument, time, cursor: 1, quantity: units(count) },
        venueOrderId: brandOf.venueOrderId(name),
        executionId: brandOf.executionId(`${name}-1`),
        price: brandOf.price(50_000_000_000n),
        fees: brandOf.money(0n),
      },
    });
    if (!isBooked) return;
    const order = anOrder(intent);
    for (const body of [aDecision(intent, 'approved'), submitStarted, accepted, aFill(`${name}-1`, count)]) {
      fills.onOrder(order.apply(body));
    }
  };
  /** What a copy did for both strategies comes to nothing at the venue, so that no position differs. */
  const tradeElsewhere = (): void => {
    trade({ name: 'A', strategy: 'wild', side: 'sell', count: 10, isBooked: true });
    trade({ name: 'B', strategy: 'tame', side: 'buy', count: 8, isBooked: true });
    trade({ name: 'C', strategy: 'tame', side: 'sell', count: 10, isBooked: false });
    trade({ name: 'D', strategy: 'wild', side: 'buy', count: 10, isBooked: false });
  };
  const exitOrder = (): void => trade({ name: 'E', strategy: 'wild', side: 'buy', count: 2, isBooked: true });
  const takeOver = (body: Parameters<typeof anAct>[0] = wasAccepted): void =>
    checks.onFact({
      case: 'authority',
      value: anAct(body, { type: 'interlock.portfolio.v1.AcceptDifferences' }),
    });
  const complete = (): readonly string[] => {
    const done = anExit({ case: 'completed', value: { orders: 1, elapsed: brandOf.durationUs(1) } });
    if (done.case !== 'exit') throw new Error('not an exit');
    checks.onFact({ ...done, value: { ...done.value, instrument, strategy: brandOf.strategyId('wild') } });
    return verdicts.violations.map(({ code }) => code);
  };
  return { tradeElsewhere, exitOrder, takeOver, complete, trade };
}

it('given a person took over fills that came to nothing together, when the exit has closed the rest, then nothing is wrong', () => {
  const { tradeElsewhere, exitOrder, takeOver, complete } = accountWithChecks();
  tradeElsewhere();
  takeOver();
  exitOrder();
  expect(complete()).toEqual([]);
});

it('given nobody, or somebody who was refused, took them over, then what the strategy holds by them is NOT_FLAT', () => {
  const { tradeElsewhere, exitOrder, takeOver, complete } = accountWithChecks();
  tradeElsewhere();
  takeOver({ case: 'refused', value: { code: 'OTHER_DIFFERENCES', detail: 'no', leftOut: 0 } });
  exitOrder();
  expect(complete()).toEqual(['NOT_FLAT']);
});

it('given a person took them over, when the exit says it is complete and has closed nothing, then that is NOT_FLAT', () => {
  const { tradeElsewhere, takeOver, complete } = accountWithChecks();
  tradeElsewhere();
  takeOver();
  expect(complete()).toEqual(['NOT_FLAT']);
});

it('given a person took them over, when the strategy trades on after it, then what it holds is NOT_FLAT, booked or not', () => {
  for (const isBooked of [true, false]) {
    const { tradeElsewhere, exitOrder, takeOver, trade, complete } = accountWithChecks();
    tradeElsewhere();
    takeOver();
    exitOrder();
    trade({ name: 'F', strategy: 'wild', side: 'sell', count: 3, isBooked });
    expect({ isBooked, found: complete() }).toEqual({ isBooked, found: ['NOT_FLAT'] });
  }
});
