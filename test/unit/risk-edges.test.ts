// Aim: no limit is spent twice or bypassed, and no reservation is left behind, whatever is repeated, ignored or named.
import { describe, expect, it } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { scopeAll } from '../../services/kernel/kill-switch/switch-definition.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, priceOf, quantityOf, ratioOf } from './risk-samples.ts';

const requestId = brandOf.clientOrderId('REPLACE1');

/** Risk with an order of 50 at the venue; a tenth of the equity, 100 of them, is the limit. */
function withWorkingOrder(): { readonly harness: RiskHarness; readonly intent: OrderIntent } {
  const harness = RiskHarness.ready({ limits: { positionRatioMax: ratioOf('10') } });
  const intent = anIntent({ type: 'limit', limitPrice: priceOf('100'), quantity: quantityOf('50') });
  harness.stage(intent);
  harness.journalWorking(intent);
  return { harness, intent };
}

function sendReplace(
  harness: RiskHarness,
  { clientOrderId }: OrderIntent,
  to: { readonly quantity: string; readonly requestId?: string },
): readonly RiskDecision[] {
  const before = harness.decisions.length;
  harness.others.publish({
    subject: subjects.replaceOrder.of({ clientOrderId }),
    message: {
      requestId: brandOf.clientOrderId(to.requestId ?? requestId),
      clientOrderId,
      quantity: quantityOf(to.quantity),
      requestedBy: 'sma',
      reason: '',
    },
    eventTime: harness.time,
  });
  harness.settle();
  return harness.decisions.slice(before);
}

describe('a replace', () => {
  it('that comes again after it was carried out is not decided again, and reserves nothing', () => {
    const { harness, intent } = withWorkingOrder();
    sendReplace(harness, intent, { quantity: '100' });
    const quantity = quantityOf('100');
    harness.journalOrder(intent, {
      ...{ state: 'pendingReplace', leavesQuantity: quantity },
      body: { case: 'replaceStarted', value: { requestId, quantity } },
    });
    const venueOrderId = brandOf.venueOrderId('v');
    harness.journalOrder(intent, {
      ...{ state: 'working', quantity, leavesQuantity: quantity },
      body: { case: 'replaced', value: { requestId, quantity, venueOrderId } },
    });

    expect(sendReplace(harness, intent, { quantity: '100' })).toEqual([]);
    harness.decisions.length = 0;
    harness.seconds(3);
    expect(harness.decisions).toEqual([]);
  });

  it('that execution ignores, since another is under way, gives its reservation back and is not said again', () => {
    const { harness, intent } = withWorkingOrder();
    sendReplace(harness, intent, { quantity: '100' });
    expect(harness.judge({ quantity: quantityOf('1') })).toBe('POSITION_LIMIT');

    harness.journalOrder(intent, {
      ...{ state: 'working', ignored: true },
      body: {
        case: 'replaceRequested',
        value: { requestId, quantity: quantityOf('100'), requestedBy: 'sma' },
      },
    });

    expect(harness.judge({ quantity: quantityOf('40') })).toBe('approved');
    const others = harness.decisions.length;
    harness.seconds(3);
    const again = harness.decisions.slice(others).filter(({ replaceRequestId }) => replaceRequestId);
    expect(again).toEqual([]);
  });

  it('beside another reserves the larger of the two', () => {
    const { harness, intent } = withWorkingOrder();
    sendReplace(harness, intent, { quantity: '100' });
    sendReplace(harness, intent, { quantity: '60', requestId: 'REPLACE2' });
    expect(harness.judge({ quantity: quantityOf('1') })).toBe('POSITION_LIMIT');
  });

  it('may come after the deadline, which was for the sending of the order', () => {
    const { harness, intent } = withWorkingOrder();
    harness.marketTime = intent.deadline + 1_000_000;
    harness.quote('SPY', 99.99, 100.01);
    expect(sendReplace(harness, intent, { quantity: '40' }).at(-1)?.outcome).toBe('approved');
  });
});

describe('a child of a pending parent', () => {
  const group = { groupId: brandOf.groupId('G'), groupKind: 'oto' } as const;

  function withParent(): { readonly harness: RiskHarness; readonly child: Partial<OrderIntent> } {
    const harness = RiskHarness.ready({ limits: { shortAllowed: false } });
    const parent = anIntent({ ...group, groupRole: 'parent' });
    expect(harness.stage(parent)?.outcome).toBe('approved');
    const parentOrderId = parent.clientOrderId;
    return { harness, child: { ...group, groupRole: 'leg', side: 'sell', parentOrderId } };
  }

  it('in another instrument closes nothing of it', () => {
    const { harness, child } = withParent();
    const instrument = brandOf.instrumentId('XYZ');
    harness.instrument({ instrument });
    harness.quote('XYZ', 99.99, 100.01);
    expect(harness.judge({ ...child, instrument })).toBe('SHORT_NOT_ALLOWED');
  });

  it('closes what no child before it closes', () => {
    const { harness, child } = withParent();
    expect(harness.judge(child)).toBe('approved');
    expect(harness.judge(child)).toBe('SHORT_NOT_ALLOWED');
  });
});

it('a trip that execution has widened is widened here too', () => {
  const harness = RiskHarness.ready();
  const rowOf = (scope: typeof scopeAll, action: 'pause' | 'stop') =>
    harness.journalSwitch({
      name: brandOf.switchName('manual'),
      ...{ scope, action, level: 'tripped', confirmation: 'none', ignored: false },
      body: {
        case: 'tripped',
        value: { source: 'signal', reason: '', marketTime: harness.time, payload: new Uint8Array() },
      },
    });
  rowOf({ kind: 'strategy', id: 'other' }, 'pause');
  expect(harness.judge({})).toBe('approved');

  rowOf(scopeAll, 'stop');

  expect(harness.judge({})).toBe('KILLED');
});

describe('a quote whose sides cross', () => {
  it('says nothing: the one before counts, and grows old', () => {
    const harness = RiskHarness.ready();
    const limit = (price: string) => ({ type: 'limit', limitPrice: priceOf(price) }) as const;
    // given a quote around 100, when a bid ten times as high and an ask a tenth of it come
    harness.quote('SPY', 99.99, 100.01);
    harness.quote('SPY', 1000, 10);
    // then an order is judged by what was before
    expect(harness.judge(limit('100.01'))).toBe('approved');
    expect(harness.judge(limit('200'))).toBe('PRICE_COLLAR');
    // and by nothing once that is too old
    harness.marketTime += 30_000_001;
    harness.quote('SPY', 1000, 10);
    expect(harness.judge(limit('100.01'))).toBe('STALE_QUOTE');
  });
});
