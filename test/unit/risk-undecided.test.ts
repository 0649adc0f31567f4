// Aim: an order that execution has staged is decided, and told until execution has journaled it, whatever else execution
// records of the order meanwhile.
import { describe, expect, it } from 'vitest';
import { type OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, priceOf, quantityOf } from './risk-samples.ts';

/** What execution records of an order and what changes nothing of it. */
const idle: readonly (readonly [string, OrderEvent['body']])[] = [
  [
    'a pause that spares it',
    {
      case: 'killApplied',
      value: { switchName: brandOf.switchName('manual'), action: 'pause', spared: true },
    },
  ],
  [
    'a replace that came too early',
    {
      case: 'replaceRequested',
      value: {
        requestId: brandOf.clientOrderId('R'),
        quantity: quantityOf('1'),
        requestedBy: 'sma',
      },
    },
  ],
];

describe.each(idle)('beside %s', (_, body) => {
  const limit = { type: 'limit', limitPrice: priceOf('100') } as const;

  function journalStaged(harness: RiskHarness, intent: OrderIntent): void {
    const staged = { case: 'staged', value: { intent: OrderIntent.encode(intent) } } as const;
    harness.journalOrder(intent, { state: 'staged', body: staged });
    harness.journalOrder(intent, { state: 'staged', ignored: true, body });
  }

  it('an order whose decision was lost is told it again', () => {
    const harness = RiskHarness.ready();
    const intent = anIntent(limit);
    const decision = harness.stage(intent);
    journalStaged(harness, intent);
    harness.decisions.length = 0;
    harness.seconds(2);
    expect(harness.decisions.at(-1)).toEqual(decision);
  });

  it('an order whose intent was lost is decided, once', () => {
    const harness = RiskHarness.ready();
    const intent = anIntent(limit);
    journalStaged(harness, intent);
    harness.seconds(3);
    const [first] = harness.decisions;
    expect(first).toMatchObject({ clientOrderId: intent.clientOrderId, outcome: 'approved' });
    expect(harness.decisions.every((decision) => decision.outcome === 'approved')).toBe(true);
  });

  it('an order that is signed is decided once more', () => {
    const harness = RiskHarness.ready({ rules: { approval: { kind: 'always' } } });
    const intent = anIntent(limit);
    const decision = harness.stage(intent);
    if (decision === undefined) throw new Error('not decided');
    journalStaged(harness, intent);
    const { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail } = decision;
    harness.journalOrder(intent, {
      state: 'awaitingApproval',
      body: {
        case: 'decided',
        value: { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail },
      },
    });
    harness.decisions.length = 0;
    const value = { approved: true, keyId: 'K', reason: '', evidence: new Uint8Array() };
    harness.journalOrder(intent, { state: 'rechecking', body: { case: 'approvalDecided', value } });
    harness.seconds(1);
    expect(harness.decisions.at(-1)).toMatchObject({ outcome: 'approved', digest });
  });
});
