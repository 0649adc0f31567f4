import { describe, expect, it } from 'vitest';
import { LeaseGrant } from '../../protos/gen/control.ts';
import { RiskDecision } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { isAuthentic } from '../../services/kernel/signing/authentication.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, quantityOf } from './risk-samples.ts';
import { decisionKey } from './signing-samples.ts';

const decision = { type: RiskDecision, field: 16 } as const;
const grant = { type: LeaseGrant, field: 8 } as const;
const strangersKey = new Uint8Array(32).fill(8);

/** The bytes of every decision, as they are sent. */
function sentDecisions(harness: RiskHarness): Uint8Array[] {
  const sent: Uint8Array[] = [];
  harness.others.subscribe(subjects.decision.matching({}), (received) => sent.push(received.payload()));
  return sent;
}

describe('what risk lets through', () => {
  it('carries a code that only whoever holds the key can make, whatever the outcome', () => {
    const harness = RiskHarness.ready({ limits: { orderQuantityMax: quantityOf('10') } });
    const sent = sentDecisions(harness);
    harness.stage(anIntent());
    harness.stage(anIntent({ quantity: quantityOf('11') }));
    expect(sent.map((bytes) => RiskDecision.decode(bytes).outcome)).toEqual(['approved', 'denied']);
    for (const payload of sent) {
      expect(isAuthentic(decision, { key: decisionKey, payload })).toBe(true);
      expect(isAuthentic(decision, { key: strangersKey, payload })).toBe(false);
    }
  });

  it('is sent again as the very same bytes', () => {
    const harness = RiskHarness.ready();
    const sent = sentDecisions(harness);
    harness.stage(anIntent());
    harness.seconds(2);
    expect(sent.length).toBeGreaterThan(1);
    for (const bytes of sent) expect(bytes).toEqual(sent[0]);
  });

  it('goes the same way for the answer to a lease request', () => {
    const harness = RiskHarness.ready();
    const sent: Uint8Array[] = [];
    harness.others.subscribe(subjects.leaseGrant.of({}), (received) => sent.push(received.payload()));
    harness.askLease();
    expect(sent).toHaveLength(1);
    for (const payload of sent) {
      expect(isAuthentic(grant, { key: decisionKey, payload })).toBe(true);
      expect(isAuthentic(grant, { key: strangersKey, payload })).toBe(false);
    }
  });
});
