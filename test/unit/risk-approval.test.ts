import { describe, expect, it } from 'vitest';
import { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { fixedFraction } from '../../services/kernel/sizing/sizing.ts';
import type { ApprovalPolicy } from '../../services/risk/approval-policy.ts';
import { type HarnessOptions, RiskHarness } from './risk-harness.ts';
import { anIntent, moneyOf, priceOf, quantityOf, ratioOf } from './risk-samples.ts';

const nothing = new Uint8Array(0);
const limitAt = (price: string) => ({ type: 'limit', limitPrice: priceOf(price) }) as const;
const units = (text: string) => ({ quantity: quantityOf(text) });
const above: ApprovalPolicy = { kind: 'above', notional: moneyOf('5000') };

function ready(approval: ApprovalPolicy, options: HarnessOptions = {}): RiskHarness {
  return RiskHarness.ready({ ...options, rules: { ...options.rules, approval } });
}

/** What execution journals of a decision to wait. */
function journalWaiting(harness: RiskHarness, intent: OrderIntent, decision: RiskDecision): void {
  harness.journalOrder(intent, {
    state: 'staged',
    body: { case: 'staged', value: { intent: decision.intent } },
  });
  const { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail } = decision;
  const effective = OrderIntent.decode(effectiveOrder);
  harness.journalOrder(effective, {
    state: 'awaitingApproval',
    body: {
      case: 'decided',
      value: { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail },
    },
  });
}

function journalSignature(harness: RiskHarness, effective: OrderIntent): void {
  const value = { approved: true, keyId: 'K', reason: '', evidence: nothing };
  harness.journalOrder(effective, { state: 'rechecking', body: { case: 'approvalDecided', value } });
}

function journalOutcome(harness: RiskHarness, decision: RiskDecision): void {
  const { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail } = decision;
  harness.journalOrder(OrderIntent.decode(decision.intent), {
    state: outcome === 'denied' ? 'denied' : 'approved',
    body: {
      case: 'decided',
      value: { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail },
    },
  });
}

/** An order that was asked for and waits for a person, as both sides know it. */
function waiting(
  options: HarnessOptions & {
    readonly approval?: ApprovalPolicy;
    readonly order?: Partial<OrderIntent>;
  } = {},
) {
  const { approval = { kind: 'always' }, order = {} } = options;
  const harness = ready(approval, options);
  const intent = anIntent({ ...limitAt('100'), ...units('50'), ...order });
  const decision = harness.stage(intent);
  if (decision === undefined) throw new Error('not decided');
  expect(decision.outcome).toBe('needsApproval');
  journalWaiting(harness, intent, decision);
  harness.decisions.length = 0;
  const effective = OrderIntent.decode(decision.effectiveOrder);
  return { harness, intent, effective, decision, sign: () => journalSignature(harness, effective) };
}

describe('the approval policy', () => {
  const small = { ...limitAt('100'), ...units('50') };
  const large = { ...limitAt('100'), ...units('51') };

  it.each([
    ['never', { kind: 'never' }, large, 'approved'],
    ['above, up to it', above, small, 'approved'],
    ['above, beyond it', above, large, 'needsApproval'],
    ['always', { kind: 'always' }, small, 'needsApproval'],
  ] as const)('%s', (_, policy, order, outcome) => {
    expect(ready(policy).judge(order)).toBe(outcome);
  });

  it('values a market order as its limits do, with the collar', () => {
    // 48 at 100.01 are 4800.48, and 5040.50 with 5% on top.
    expect(ready(above).judge(units('48'))).toBe('needsApproval');
    expect(ready(above).judge(units('47'))).toBe('approved');
  });

  it('asks for orders that only reduce as for all others', () => {
    const harness = ready(above);
    harness.journalPosition('SPY', '100');
    harness.journalAccount('90000');
    expect(harness.judge({ side: 'sell', ...large })).toBe('needsApproval');
    expect(harness.judge({ side: 'sell', ...small })).toBe('approved');
  });

  it('asks nobody about an order that is denied anyway', () => {
    const harness = ready({ kind: 'always' }, { limits: { orderQuantityMax: quantityOf('10') } });
    expect(harness.judge(small)).toBe('ORDER_QUANTITY');
  });

  it('looks at what sizing has left of it, and has that signed', () => {
    const sizing = fixedFraction(ratioOf('6'));
    const decision = ready(above, { sizing }).stage(anIntent({ ...limitAt('100'), ...units('500') }));
    expect(decision?.outcome).toBe('needsApproval');
    const bytes = decision?.effectiveOrder ?? nothing;
    expect(OrderIntent.decode(bytes).quantity).toBe(quantityOf('60'));
    expect(decision?.digest).toEqual(new Uint8Array(sha256(bytes)));
    const cut = ready(above, { sizing: fixedFraction(ratioOf('5')) });
    expect(cut.judge({ ...limitAt('100'), ...units('500') })).toBe('resized');
  });

  it('says the figures, for whoever has to sign', () => {
    const decision = ready(above).stage(anIntent(large));
    expect(decision).toMatchObject({ reasons: [], detail: '5100 > 5000, beyond which it takes a signature' });
  });

  it('denies a change that would make a working order one that needs a signature', () => {
    const harness = ready(above);
    const intent = anIntent(small);
    harness.stage(intent);
    harness.journalWorking(intent);
    const replace = (name: string, quantity: string) => {
      const requestId = brandOf.clientOrderId(name);
      harness.others.publish({
        subject: subjects.replaceOrder.of({ clientOrderId: intent.clientOrderId }),
        message: {
          requestId,
          clientOrderId: intent.clientOrderId,
          ...units(quantity),
          requestedBy: 'sma',
          reason: '',
        },
        eventTime: harness.time,
      });
      harness.settle();
      return harness.decisions.at(-1);
    };
    expect(replace('R1', '51')).toMatchObject({ outcome: 'denied', reasons: ['APPROVAL_NEEDED'] });
    expect(replace('R2', '49')).toMatchObject({ outcome: 'approved', replaceRequestId: 'R2' });
  });
});

describe('an order that waits for a person', () => {
  it('holds its reservation, before execution has journaled it and after', () => {
    const limits = { positionRatioMax: ratioOf('8') };
    const harness = ready({ kind: 'always' }, { limits });
    const intent = anIntent({ ...limitAt('100'), ...units('50') });
    const decision = harness.stage(intent);
    expect(harness.judge({ ...limitAt('100'), ...units('40') })).toBe('POSITION_LIMIT');
    if (decision !== undefined) journalWaiting(harness, intent, decision);
    expect(harness.judge({ ...limitAt('100'), ...units('40') })).toBe('POSITION_LIMIT');
    // And gives it back when nobody signed in time.
    harness.journalOrder(intent, {
      state: 'lapsed',
      leavesQuantity: quantityOf('0'),
      body: { case: 'deadlinePassed', value: { marketTime: harness.time } },
    });
    expect(harness.judge({ ...limitAt('100'), ...units('40') })).toBe('needsApproval');
  });

  it('is asked about once, whoever asks again', () => {
    const { harness, intent } = waiting();
    harness.stage(intent);
    harness.seconds(3);
    expect(harness.decisions).toEqual([]);
  });

  it('counts as let through only once it is: people are slow, and rates are per second', () => {
    const { harness, sign } = waiting({
      approval: above,
      order: units('51'),
      limits: { ordersPerSecondMax: 1 },
    });
    expect(harness.judge({ ...limitAt('100'), ...units('1') })).toBe('approved');
    sign();
    expect(harness.decisions.at(-1)?.reasons).toEqual(['ORDER_RATE']);
  });
});

describe('a signed order', () => {
  it('is decided once more, as it was signed', () => {
    const { harness, decision, sign } = waiting();
    sign();
    const [again] = harness.decisions;
    expect(again).toMatchObject({ outcome: 'approved', reasons: [], clientOrderId: decision.clientOrderId });
    expect(again?.intent).toEqual(decision.intent);
    expect(again?.effectiveOrder).toEqual(decision.effectiveOrder);
    expect(again?.digest).toEqual(decision.digest);
  });

  it('is not counted twice: it fits where it fitted', () => {
    // given an order that is all that may be held, traded and waited for
    const { harness, sign } = waiting({
      limits: {
        positionRatioMax: ratioOf('5'),
        grossExposureRatioMax: ratioOf('5'),
        leverageRatioMax: ratioOf('5'),
        openPositionsMax: 1,
        dailyTradesMax: 1,
        repeatedExecutions: { countMax: 1, windowUs: brandOf.durationUs(60_000_000) },
        ordersPerSecondMax: 1,
      },
    });
    sign();
    expect(harness.decisions.map(({ outcome }) => outcome)).toEqual(['approved']);
  });

  it('is denied when it no longer fits beside what has happened since', () => {
    const { harness, sign } = waiting({ limits: { positionRatioMax: ratioOf('8') } });
    harness.journalPosition('SPY', '40');
    harness.journalAccount('96000');
    sign();
    expect(harness.decisions.at(-1)).toMatchObject({ outcome: 'denied', reasons: ['POSITION_LIMIT'] });
    expect(harness.decisions.at(-1)?.effectiveOrder).toHaveLength(0);
  });

  it('is denied when the price has run away from it', () => {
    const { harness, sign } = waiting();
    harness.quote('SPY', 89.99, 90.01);
    sign();
    expect(harness.decisions.at(-1)).toMatchObject({ outcome: 'denied', reasons: ['PRICE_COLLAR'] });
  });

  it('is denied when the price is old', () => {
    const { harness, sign } = waiting();
    harness.marketTime += 60_000_000;
    harness.instrument({ instrument: brandOf.instrumentId('QQQ') });
    harness.quote('QQQ', 99.99, 100.01);
    sign();
    expect(harness.decisions.at(-1)).toMatchObject({ outcome: 'denied', reasons: ['STALE_QUOTE'] });
  });

  it('is denied when trading was stopped meanwhile', () => {
    const { harness, sign } = waiting();
    harness.trip(nothing);
    sign();
    expect(harness.decisions.at(-1)).toMatchObject({ outcome: 'denied', reasons: ['KILLED'] });
  });

  it('is never cut, whatever sizing would leave of it now', () => {
    const { harness, effective, sign } = waiting({
      sizing: ({ order, equity }) =>
        equity < moneyOf('99000') ? quantityOf('1') : brandOf.quantity(order.quantity / 2n),
    });
    expect(effective.quantity).toBe(quantityOf('25'));
    harness.journalAccount('98000');
    sign();
    const [again] = harness.decisions;
    expect(again?.outcome).toBe('approved');
    expect(OrderIntent.decode(again?.effectiveOrder ?? nothing).quantity).toBe(quantityOf('25'));
  });

  it('is answered until execution has journaled the answer', () => {
    const { harness, sign } = waiting();
    sign();
    harness.seconds(3);
    expect(harness.decisions).toHaveLength(3);
    const [again] = harness.decisions;
    if (again !== undefined) journalOutcome(harness, again);
    harness.seconds(3);
    expect(harness.decisions).toHaveLength(3);
  });

  it('is answered although another row of it came first', () => {
    const { harness, effective, sign } = waiting();
    sign();
    // given a second signature, which execution records and ignores
    const value = { approved: true, keyId: 'K', reason: '', evidence: nothing };
    harness.journalOrder(effective, {
      state: 'rechecking',
      ignored: true,
      body: { case: 'approvalDecided', value },
    });
    const before = harness.decisions.length;
    harness.seconds(2);
    expect(harness.decisions.length).toBeGreaterThan(before);
    expect(harness.decisions.every(({ outcome }) => outcome === 'approved')).toBe(true);
  });

  it('waits for execution to have reconciled, rather than be denied for it', () => {
    const { harness, sign } = waiting();
    harness.reconciled = false;
    harness.askLease();
    sign();
    harness.seconds(2);
    expect(harness.decisions).toEqual([]);
    harness.reconciled = true;
    harness.askLease();
    harness.seconds(1);
    expect(harness.decisions.at(0)?.outcome).toBe('approved');
  });

  it('is not answered when it was rejected', () => {
    const { harness, effective } = waiting();
    const value = { approved: false, keyId: 'K', reason: 'no', evidence: nothing };
    harness.journalOrder(effective, {
      state: 'denied',
      leavesQuantity: quantityOf('0'),
      body: { case: 'approvalDecided', value },
    });
    harness.seconds(2);
    expect(harness.decisions).toEqual([]);
  });
});

describe('after a restart of risk', () => {
  function restart(harness: RiskHarness): void {
    harness.restartRisk();
    harness.instrument();
    harness.quote('SPY', 99.99, 100.01);
    harness.shakeHands();
    harness.decisions.length = 0;
  }

  it('an order that waits still does, with its reservation, and is answered once it is signed', () => {
    const { harness, decision, sign } = waiting({ limits: { positionRatioMax: ratioOf('8') } });
    restart(harness);
    expect(harness.judge({ ...limitAt('100'), ...units('40') })).toBe('POSITION_LIMIT');
    harness.decisions.length = 0;
    sign();
    expect(harness.decisions[0]).toMatchObject({ outcome: 'approved', riskEpoch: 102 });
    expect(harness.decisions[0]?.digest).toEqual(decision.digest);
  });

  it('an order that was signed while risk was away is answered', () => {
    const { harness, decision, sign } = waiting();
    harness.losesRows = true;
    sign();
    harness.losesRows = false;
    restart(harness);
    harness.seconds(1);
    expect(harness.decisions[0]).toMatchObject({ outcome: 'approved', riskEpoch: 102 });
    expect(harness.decisions[0]?.effectiveOrder).toEqual(decision.effectiveOrder);
  });
});
