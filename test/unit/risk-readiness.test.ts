import { describe, expect, it } from 'vitest';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent } from './risk-samples.ts';

/** A system that could trade, were risk and execution agreed. */
function beforeHandshake(): RiskHarness {
  const harness = new RiskHarness();
  harness.instrument();
  harness.quote('SPY', 99.99, 100.01);
  harness.journalAccount('100000');
  return harness;
}

describe('risk is ready', () => {
  it('only once execution has taken over its epoch and both know the same history', () => {
    const harness = beforeHandshake();
    // given nobody has asked for a lease: no answer, so that the strategy asks again
    const intent = anIntent();
    expect(harness.stage(intent)).toBeUndefined();
    // when execution asks without knowing the epoch
    harness.askLease();
    expect(harness.grants.at(-1)?.state).toMatchObject({ mode: 'halted', riskReady: false });
    // and asks again with it
    harness.askLease();
    // then risk is ready, and decides
    expect(harness.grants.at(-1)?.state).toMatchObject({ mode: 'active', riskReady: true, reasons: [] });
    expect(harness.grants.at(-1)).toMatchObject({ appliedSequence: 1, latched: [] });
    expect(harness.stage(intent)?.outcome).toBe('approved');
    expect(harness.risk.health().state).toBe('ready');
  });

  it.each([
    ['another history', { journalHash: 'ff' }, "execution's journal has another history"],
    ['another build', { buildHash: 'other' }, 'execution runs another build'],
    ['another epoch', { riskEpoch: brandOf.epoch(7) }, 'execution has not taken over the epoch yet'],
  ])('never with %s', (_, overrides, lack) => {
    const harness = beforeHandshake();
    for (let request = 0; request < 3; request += 1) harness.askLease(overrides);
    expect(harness.grants.at(-1)?.state).toMatchObject({ riskReady: false, reasons: [`handshake: ${lack}`] });
  });

  it('however fast the rows of execution come', () => {
    const harness = beforeHandshake();
    // given no request names a head whose hash has been asked for before
    for (let request = 0; request < 3; request += 1) {
      harness.askLease();
      harness.journalAccount('100000');
    }
    expect(harness.judge({})).toBe('approved');
  });

  it('no longer when execution has started anew, until they have agreed again', () => {
    const harness = RiskHarness.ready();
    harness.executionEpoch = brandOf.epoch(2);
    harness.askLease({ riskEpoch: brandOf.epoch(0) });
    expect(harness.stage(anIntent())).toBeUndefined();
    harness.askLease();
    expect(harness.judge({})).toBe('approved');
  });

  it('and halted until execution has reconciled', () => {
    const harness = beforeHandshake();
    harness.reconciled = false;
    harness.shakeHands();
    expect(harness.grants.at(-1)?.state.mode).toBe('halted');
    harness.reconciled = true;
    harness.askLease();
    expect(harness.states.at(-1)).toMatchObject({ mode: 'active', riskReady: true });
  });
});

it('an orderly stop is not undone by the end of the bus that follows it', async () => {
  const harness = RiskHarness.ready({ switches: [aSwitch({ name: 'connectionLoss' })] });
  await harness.risk.stop();
  harness.riskBus.disconnect();
  harness.settle();
  expect(harness.failures).toEqual([]);
});

describe('a hole in the rows of execution', () => {
  it('is filled by asking the owner', () => {
    // given a row whose message was lost, and that shows by the next one
    const harness = RiskHarness.ready();
    harness.losesRows = true;
    harness.journalPosition('SPY', '7');
    harness.losesRows = false;
    harness.journalAccount('99300');
    // then both are known
    expect(
      harness.judge({ side: 'sell', reduceOnly: true, quantity: brandOf.quantity(7_000_000_000n) }),
    ).toBe('approved');
  });

  it('at the end shows by the second lease request that names its head', () => {
    const harness = RiskHarness.ready();
    harness.losesRows = true;
    harness.journalPosition('SPY', '7');
    harness.askLease();
    harness.askLease();
    expect(harness.grants.at(-1)?.appliedSequence).toBe(2);
    harness.askLease();
    expect(harness.grants.at(-1)?.appliedSequence).toBe(3);
  });

  it('ends the service when it turns out to be another ledger', () => {
    const harness = RiskHarness.ready();
    harness.execution.publish({
      subject: subjects.accountEvent.of({ account: brandOf.accountId('paper-1') }),
      message: {
        account: brandOf.accountId('paper-1'),
        venue: brandOf.venueId('paper'),
        currency: brandOf.currency('USD'),
        cash: brandOf.money(0n),
        realizedPnl: brandOf.money(0n),
        fees: brandOf.money(0n),
        environment: 'paper',
      },
      eventTime: harness.time,
      producerSequence: brandOf.sequence(9),
    });
    harness.becomeOtherLedger();
    harness.settle();
    expect(harness.failures.map(String)).toEqual([
      'Error: execution has begun another ledger: other-ledger after execution-ledger',
    ]);
  });
});

it('a journal of execution that was set back ends the service, and the next start knows what it holds', () => {
  const harness = RiskHarness.ready();
  harness.journalPosition('SPY', '7');
  harness.restoreExecutionJournal();
  harness.journalAccount('50');
  // given the start before it may still be there
  harness.askLease();
  expect(harness.failures).toEqual([]);
  harness.seconds(4);
  harness.askLease();
  expect(harness.failures.map(String)).toEqual([
    "Error: execution's journal was set back to row 1, 3 were applied",
  ]);

  harness.restartRisk();
  harness.instrument();
  harness.quote('SPY', 99.99, 100.01);
  harness.shakeHands();
  harness.seconds(4);
  harness.shakeHands();
  expect(harness.risk.health().state).toBe('ready');
  expect(harness.judge({ side: 'sell', reduceOnly: true })).toBe('REDUCING_ONLY');
});

describe('a pace mark', () => {
  it('waits until risk is ready, and is passed on again when it is sent again', () => {
    const harness = beforeHandshake();
    harness.mark(1);
    expect(harness.passedMarks).toEqual([]);
    harness.shakeHands();
    expect(harness.passedMarks).toEqual([1]);
    harness.mark(1);
    harness.mark(2);
    expect(harness.passedMarks).toEqual([1, 1, 2]);
  });

  it('waits for the disk', () => {
    const harness = RiskHarness.ready();
    harness.network.inject('control.v1.kill.trip.test', new Uint8Array(0));
    harness.sendMark('market-data', 1, harness.time);
    harness.sendMark('strategy', 1, harness.time);
    harness.network.drain();
    expect(harness.passedMarks).toEqual([]);
    harness.settle();
    expect(harness.passedMarks).toEqual([1]);
  });
});

describe('a pace mark of a strategy', () => {
  it('tells no time: a day that the market has not begun forgives no loss and makes no price old', () => {
    const harness = RiskHarness.ready({ switches: [aSwitch({ name: 'dailyLoss', threshold: 0.05 })] });
    harness.quote('SPY', 100, 100);
    harness.journalPosition('SPY', '1000');
    harness.journalAccount('0');
    harness.quote('SPY', 96, 96);
    const rows = harness.switchEvents.length;

    const inTwoDays = brandOf.timestampUs(harness.time + 2 * 86_400_000_000);
    harness.sendMark('strategy', 1, inTwoDays);
    harness.settle();
    harness.quote('SPY', 96, 96);
    expect(harness.switchEvents.slice(rows)).toEqual([]);
    expect(harness.passedMarks).toEqual([]);
    expect(harness.judge({ side: 'sell' })).toBe('approved');

    harness.quote('SPY', 94, 94);
    expect(harness.switchEvents.at(-1)).toMatchObject({ name: 'dailyLoss', level: 'tripped' });
    harness.sendMark('market-data', 1, inTwoDays);
    harness.settle();
    expect(harness.passedMarks).toEqual([1]);
  });
});

describe('the bus', () => {
  it('being gone is a lack of health, and nothing breaks', () => {
    const harness = RiskHarness.ready();
    harness.riskBus.disconnect();
    harness.seconds(2);
    expect(harness.risk.health()).toMatchObject({ state: 'degraded', reasons: ['the bus is gone'] });
    harness.riskBus.reconnect();
    harness.seconds(1);
    expect(harness.risk.health().state).toBe('ready');
    expect(harness.failures).toEqual([]);
  });
});
