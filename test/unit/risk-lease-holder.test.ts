// Aim: at no time do two starts of execution hold a lease, whoever of risk and execution was started again meanwhile.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { RiskHarness } from './risk-harness.ts';

const [older, newer] = [brandOf.epoch(1), brandOf.epoch(2)];
const noRisk = brandOf.epoch(0);

let asked = 1_000;

/** Grants that answer one request of a start. */
function grantsOf(harness: RiskHarness, executionEpoch = newer): number {
  asked += 1;
  const nonce = brandOf.sequence(asked);
  harness.askLease({ executionEpoch, nonce, riskEpoch: noRisk });
  return harness.grants.filter((grant) => grant.nonce === nonce).length;
}

it('given a lease, when another start asks, then it waits until that has run out, and is answered at once then', () => {
  const harness = RiskHarness.ready();
  expect(grantsOf(harness)).toBe(0);
  const before = harness.grants.length;

  harness.seconds(3);
  expect(harness.grants.length).toBe(before);

  harness.seconds(1);
  expect(harness.grants.length).toBe(before + 1);
  expect(grantsOf(harness)).toBe(1);
});

it('given a lease that is renewed, when another start waits for it, then it waits from the last renewal on', () => {
  const harness = RiskHarness.ready();
  harness.seconds(3);
  harness.askLease();
  expect(grantsOf(harness)).toBe(0);
  harness.seconds(3);
  expect(grantsOf(harness)).toBe(0);
  harness.seconds(1);
  expect(grantsOf(harness)).toBe(1);
});

it('given a later start was heard, when the earlier one asks again, then it gets nothing more', () => {
  const harness = RiskHarness.ready();
  expect(grantsOf(harness)).toBe(0);
  harness.seconds(1);
  expect(grantsOf(harness, older)).toBe(0);
  expect(grantsOf(harness, older)).toBe(0);
});

it('given an earlier start that never heard the later one, when it asks, then it hears which start risk goes with', () => {
  const harness = RiskHarness.ready();
  harness.askLease({ returned: true });
  expect(grantsOf(harness)).toBe(1);
  expect(grantsOf(harness, older)).toBe(0);
  // Nonces begin behind the epoch: this one answers nobody, and an earlier start ends by it.
  expect(harness.grants.at(-1)?.nonce).toBe(newer);
});

it('given the lease was given back, when the next start asks, then it has it at once', () => {
  const harness = RiskHarness.ready();
  harness.askLease({ returned: true });
  expect(harness.risk.health().reasons).toEqual(['execution has stopped']);
  expect(grantsOf(harness)).toBe(1);
});

it('given a lease of a later start, when an earlier one gives its own back, then that frees nothing', () => {
  const harness = RiskHarness.ready();
  harness.askLease({ returned: true });
  expect(grantsOf(harness)).toBe(1);
  harness.askLease({ executionEpoch: older, returned: true });
  expect(grantsOf(harness, brandOf.epoch(3))).toBe(0);
});

it('given a start that waits for the lease, when it stops in order, then it is given none and the next one does not wait for it', () => {
  const harness = RiskHarness.ready();
  expect(grantsOf(harness)).toBe(0);
  harness.askLease({ executionEpoch: newer, riskEpoch: noRisk, returned: true });
  const before = harness.grants.length;
  harness.seconds(4);
  expect(harness.grants.length).toBe(before);
  expect(grantsOf(harness, brandOf.epoch(3))).toBe(1);
});

it('given risk was started again, when its holder asks, then it goes on at once', () => {
  const harness = RiskHarness.ready();
  harness.restartRisk();
  expect(grantsOf(harness, older)).toBe(1);
});

it('given risk was started again, when another than its holder asks, then it waits as before', () => {
  const harness = RiskHarness.ready();
  harness.restartRisk();
  expect(grantsOf(harness)).toBe(0);
  harness.seconds(3);
  expect(grantsOf(harness)).toBe(0);
  harness.seconds(1);
  expect(grantsOf(harness)).toBe(1);
});

it('given risk was started again, when a start asks that is older than its holder, then it never gets the lease', () => {
  const harness = RiskHarness.ready();
  harness.askLease({ returned: true });
  expect(grantsOf(harness)).toBe(1);
  harness.restartRisk();
  for (let second = 0; second < 6; second += 1) {
    expect(grantsOf(harness, older)).toBe(0);
    harness.seconds(1);
  }
  expect(harness.alerts.map(({ code }) => code)).toEqual(['TWO_EXECUTIONS']);
  expect(harness.failures).toEqual([]);
  expect(grantsOf(harness)).toBe(1);
});

it('given a lease that was given back, when both were started again, then nobody waits', () => {
  const harness = RiskHarness.ready();
  harness.askLease({ returned: true });
  harness.restartRisk();
  expect(grantsOf(harness)).toBe(1);
});

it('given a journal in use and no word on who held the lease, when risk starts, then everybody waits', () => {
  const harness = RiskHarness.ready();
  harness.trip(new Uint8Array());
  const { loadSnapshot } = harness.journal;
  harness.journal = {
    ...harness.journal,
    crash: () => ({ ...harness.journal, loadSnapshot: () => undefined }),
  };
  harness.restartRisk();
  expect(loadSnapshot('lease-holder')).toBeDefined();
  expect(grantsOf(harness, older)).toBe(0);
  harness.seconds(4);
  expect(grantsOf(harness, older)).toBe(1);
});

it('given a copy with less in its journal, when it asks beside the one that trades, then that one stays and a person is told', () => {
  const harness = RiskHarness.ready();
  harness.journalPosition('SPY', '7');
  for (let second = 0; second < 6; second += 1) {
    expect(grantsOf(harness, older)).toBe(1);
    harness.askLease({ executionEpoch: newer, journalSequence: brandOf.sequence(1), riskEpoch: noRisk });
    harness.seconds(1);
  }
  expect(grantsOf(harness, older)).toBe(1);
  expect(harness.failures).toEqual([]);
  expect(harness.alerts.map(({ code }) => code)).toEqual(['TWO_EXECUTIONS']);
  // when the one that traded is gone, then the copy is what there is, and risk begins anew with it
  harness.seconds(4);
  harness.askLease({ executionEpoch: newer, journalSequence: brandOf.sequence(1), riskEpoch: noRisk });
  expect(String(harness.failures[0])).toContain('was set back to row 1');
});

it('given a copy that was refused, when risk is started again, then it still goes with the one that trades', () => {
  const harness = RiskHarness.ready();
  harness.journalPosition('SPY', '7');
  expect(grantsOf(harness, older)).toBe(1);
  const copy = { executionEpoch: newer, journalSequence: brandOf.sequence(1), riskEpoch: noRisk };
  harness.askLease(copy);
  // The one that trades is late to hear of it: its rows are not known yet when the copy asks.
  harness.execution.disconnect();
  harness.restartRisk();
  harness.execution.reconnect();
  for (let second = 0; second < 6; second += 1) {
    harness.sendLeaseRequest(copy);
    expect(grantsOf(harness, older)).toBe(1);
    harness.seconds(1);
  }
  expect(harness.failures).toEqual([]);
});
