// Aim: what a dead process of execution has left on the wire neither ends risk nor feeds anybody a lease.
import { expect, it } from 'vitest';
import type { LeaseRequest } from '../../protos/gen/control.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { hexOf } from '../../services/kernel/codec/hex.ts';
import { RiskHarness } from './risk-harness.ts';

it('a lease request of an earlier start of execution, which knows fewer rows, gets no lease and ends nothing', () => {
  // given execution dies with a request on the wire, starts again, writes rows and agrees with risk
  const harness = RiskHarness.ready();
  const { sequence, hash } = harness.executionJournal.durableHead();
  const leftOver: Partial<LeaseRequest> = {
    executionEpoch: harness.executionEpoch,
    journalSequence: sequence,
    journalHash: hexOf(hash),
  };
  harness.executionEpoch = brandOf.epoch(harness.executionEpoch + 1);
  harness.journalAccount('99000');
  harness.shakeHands();
  const answers = harness.grants.length;

  // when the old request comes at last
  harness.askLease(leftOver);

  // then it is as if it had not come
  expect(harness.failures).toEqual([]);
  const [said, ...others] = harness.grants.slice(answers);
  expect(others).toEqual([]);
  expect(said?.nonce).toBe(harness.executionEpoch);
  expect(harness.judge({})).toBe('approved');
  harness.askLease();
  expect(harness.grants.at(-1)?.state).toMatchObject({ mode: 'active', riskReady: true });
});
