import { describe, expect, it } from 'vitest';
import { OrderIntent } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { fixedFraction } from '../../services/kernel/sizing/sizing.ts';
import { bounds } from '../../services/risk/risk-options.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, priceOf, quantityOf, ratioOf } from './risk-samples.ts';

const limitAt = (price: string) => ({ type: 'limit', limitPrice: priceOf(price) }) as const;
const units = (text: string) => ({ quantity: quantityOf(text) });
const oneTenth = { limits: { positionRatioMax: ratioOf('10') } };

describe('an approval', () => {
  it('carries the intent as it was sent, and a digest over the bytes of the effective order', () => {
    // given, when
    const intent = anIntent();
    const decision = RiskHarness.ready().stage(intent);
    // then
    const bytes = OrderIntent.encode(intent);
    expect(decision).toMatchObject({ outcome: 'approved', limitsVersion: 'v1', riskEpoch: 101 });
    expect(decision?.intent).toEqual(bytes);
    expect(decision?.effectiveOrder).toEqual(bytes);
    expect(decision?.digest).toEqual(new Uint8Array(sha256(bytes)));
  });

  it('is said again for the same intent, and spends its exposure once', () => {
    // given an order that takes more than half of what a position may be
    const harness = RiskHarness.ready(oneTenth);
    const intent = anIntent({ ...limitAt('100'), ...units('60') });
    const first = harness.stage(intent);
    // when the same intent comes again
    const second = harness.stage(intent);
    // then the answer is the same, and another order still fits
    expect(second).toEqual(first);
    expect(harness.judge({ ...limitAt('100'), ...units('40') })).toBe('approved');
  });

  it('is sent again each second until execution has journaled it', () => {
    // given a decision that nobody answered
    const harness = RiskHarness.ready();
    const intent = anIntent();
    harness.stage(intent);
    // when three seconds pass, then execution's rows come, then two more pass
    harness.seconds(3);
    expect(harness.decisions).toHaveLength(3);
    harness.journalWorking(intent);
    harness.seconds(2);
    // then it falls silent
    expect(harness.decisions).toHaveLength(3);
  });

  it('is sent again in its turn, however many more wait than are sent a tick', () => {
    // given more decisions that nobody answers than are sent again at once
    const harness = RiskHarness.ready();
    const ids = Array.from({ length: 2 * bounds.decisionResendsMax }, () => {
      const intent = anIntent();
      harness.stage(intent);
      return intent.clientOrderId;
    });
    harness.decisions.length = 0;
    // when so much time passes that all could have been sent
    harness.seconds(4);
    // then all were
    expect(new Set(harness.decisions.map(({ clientOrderId }) => clientOrderId))).toEqual(new Set(ids));
  });

  it('is not given a second time to an order that execution has, whatever risk has forgotten', () => {
    // given an order that works, and a risk service that has just started
    const harness = RiskHarness.ready();
    const intent = anIntent();
    harness.stage(intent);
    harness.journalWorking(intent);
    harness.restartRisk();
    harness.shakeHands();
    // when its intent comes again
    // then execution is left to answer
    expect(harness.stage(intent)).toBeUndefined();
  });

  it('is made of an order that only execution has heard of', () => {
    // given an intent that was lost on its way to risk, and staged by execution alone
    const harness = RiskHarness.ready();
    const intent = anIntent();
    harness.journalOrder(intent, {
      state: 'staged',
      body: { case: 'staged', value: { intent: OrderIntent.encode(intent) } },
    });
    // when a second passes
    harness.seconds(1);
    // then risk decides it
    expect(harness.decisions.map(({ clientOrderId }) => clientOrderId)).toContain(intent.clientOrderId);
  });

  it('is cut by the sizing of the profile, never enlarged', () => {
    const harness = RiskHarness.ready({ sizing: fixedFraction(ratioOf('10')) });
    const cut = harness.stage(anIntent({ ...limitAt('100'), ...units('150') }));
    expect(cut?.outcome).toBe('resized');
    expect(OrderIntent.decode(cut?.effectiveOrder ?? new Uint8Array(0)).quantity).toBe(quantityOf('100'));
    expect(harness.judge({ ...limitAt('100'), ...units('7') })).toBe('approved');
  });
});

describe('a reservation', () => {
  it('is released by an event of execution and by nothing else', () => {
    // given a decision that uses the whole limit
    const harness = RiskHarness.ready(oneTenth);
    const intent = anIntent({ ...limitAt('100'), ...units('100') });
    harness.stage(intent);
    harness.seconds(60);
    expect(harness.judge({ ...limitAt('100'), ...units('1') })).toBe('POSITION_LIMIT');
    // when execution says that the order never left
    harness.journalOrder(intent, {
      state: 'lapsed',
      leavesQuantity: quantityOf('0'),
      body: { case: 'deadlinePassed', value: { marketTime: harness.time } },
    });
    // then the limit is free again
    expect(harness.judge({ ...limitAt('100'), ...units('100') })).toBe('approved');
  });

  it('of an order that is unknown to the venue stands', () => {
    const harness = RiskHarness.ready(oneTenth);
    const intent = anIntent({ ...limitAt('100'), ...units('100') });
    harness.stage(intent);
    harness.journalWorking(intent);
    harness.journalOrder(intent, {
      state: 'unknown',
      body: { case: 'submitUnanswered', value: { reason: 'timeout' } },
    });
    expect(harness.judge({ ...limitAt('100'), ...units('1') })).toBe('POSITION_LIMIT');
  });

  it('turns into the position between a fill and the rows of the ledger', () => {
    // given an order that is filled, while position and account have not been told yet
    const harness = RiskHarness.ready(oneTenth);
    const intent = anIntent({ ...limitAt('100'), ...units('100') });
    harness.stage(intent);
    harness.journalWorking(intent);
    harness.journalOrder(intent, {
      state: 'filled',
      filledQuantity: quantityOf('100'),
      leavesQuantity: quantityOf('0'),
      body: {
        case: 'filled',
        value: {
          executionId: brandOf.executionId('x'),
          quantity: quantityOf('100'),
          price: priceOf('100'),
          fees: brandOf.money(0n),
          venueTime: harness.time,
          inferred: false,
        },
      },
    });
    // then nothing more fits, and the position may be sold
    expect(harness.judge({ ...limitAt('100'), ...units('1') })).toBe('POSITION_LIMIT');
    expect(harness.judge({ side: 'sell', ...units('100') })).toBe('approved');
  });

  it('of a replace is the larger of old and new until execution has started it', () => {
    // given a working order of 50, and a replace to 100
    const harness = RiskHarness.ready(oneTenth);
    const intent = anIntent({ ...limitAt('100'), ...units('50') });
    harness.stage(intent);
    harness.journalWorking(intent);
    const requestId = brandOf.clientOrderId('REPLACE1');
    harness.others.publish({
      subject: subjects.replaceOrder.of({ clientOrderId: intent.clientOrderId }),
      message: {
        requestId,
        clientOrderId: intent.clientOrderId,
        quantity: quantityOf('100'),
        requestedBy: 'sma',
        reason: '',
      },
      eventTime: harness.time,
    });
    harness.settle();
    // then it is decided under the request's id, and all of it is reserved
    expect(harness.decisions.at(-1)).toMatchObject({ replaceRequestId: requestId, outcome: 'approved' });
    expect(harness.judge({ ...limitAt('100'), ...units('1') })).toBe('POSITION_LIMIT');
    // when the venue refuses it
    harness.journalOrder(intent, {
      state: 'working',
      body: { case: 'replaceRefused', value: { requestId, code: 'TOO_LATE', reason: '' } },
    });
    // then the old one is what counts
    expect(harness.judge({ ...limitAt('100'), ...units('50') })).toBe('approved');
  });
});

describe('a group', () => {
  const groupId = brandOf.groupId('G');

  it('may protect a parent that is still pending, and no more than that', () => {
    // given an account that may not be short, and the entry of a bracket
    const harness = RiskHarness.ready({ limits: { shortAllowed: false } });
    const parent = anIntent({
      ...limitAt('100'),
      ...units('10'),
      groupId,
      groupKind: 'bracket',
      groupRole: 'parent',
    });
    expect(harness.stage(parent)?.outcome).toBe('approved');
    const child = {
      side: 'sell',
      groupId,
      groupKind: 'bracket',
      parentOrderId: parent.clientOrderId,
    } as const;
    // when its children come
    // then both pass, for at most one of them fills
    expect(harness.judge({ ...child, ...limitAt('110'), groupRole: 'takeProfit' })).toBe('approved');
    expect(harness.judge({ ...child, type: 'stop', stopPrice: priceOf('90'), groupRole: 'stopLoss' })).toBe(
      'approved',
    );
    // and one that sells more than the parent buys does not
    expect(harness.judge({ ...child, ...units('11'), ...limitAt('110'), groupRole: 'takeProfit' })).toBe(
      'SHORT_NOT_ALLOWED',
    );
  });

  it.each([
    ['a short position', (harness: RiskHarness) => harness.journalPosition('SPY', '-4')],
    [
      'another sale that is pending',
      (harness: RiskHarness) => harness.stage(anIntent({ side: 'sell', ...limitAt('101'), ...units('1') })),
    ],
  ])('is not begun beside %s, where its legs would turn the position round', (_, given) => {
    const harness = RiskHarness.ready();
    harness.journalAccount('100000');
    given(harness);
    const parent = { ...limitAt('100'), ...units('10'), groupId, groupKind: 'bracket' } as const;
    expect(harness.judge({ ...parent, groupRole: 'parent' })).toBe('BRACKET_UNPROTECTED');
    // and what says itself that it only reduces is no entry
    expect(harness.judge({ ...parent, groupRole: 'parent', ...units('4'), reduceOnly: true })).not.toBe(
      'BRACKET_UNPROTECTED',
    );
  });

  it('whose parent may be short is begun only where purchases would close it', () => {
    const harness = RiskHarness.ready();
    harness.journalAccount('100000');
    const parent = {
      side: 'sell',
      ...limitAt('100'),
      groupId,
      groupKind: 'bracket',
      groupRole: 'parent',
    } as const;
    harness.stage(anIntent({ side: 'buy', ...limitAt('99'), ...units('1') }));
    expect(harness.judge({ ...parent, ...units('10') })).toBe('BRACKET_UNPROTECTED');
  });

  it('counts by the fills of its parent, before a resize of its legs is heard of', () => {
    // given a bracket whose parent has sold one of forty, and its leg has been cut to that
    const harness = RiskHarness.ready(oneTenth);
    harness.journalAccount('100000');
    const group = { groupId, groupKind: 'bracket' } as const;
    const sold = { side: 'sell', ...limitAt('100'), ...units('40') } as const;
    const parent = anIntent({ ...group, ...sold, groupRole: 'parent' });
    const bought = { ...group, ...units('40'), parentOrderId: parent.clientOrderId } as const;
    const leg = anIntent({ ...bought, ...limitAt('90'), groupRole: 'takeProfit' });
    for (const intent of [parent, leg]) {
      harness.stage(intent);
      harness.journalWorking(intent);
    }
    harness.journalOrder(leg, {
      state: 'working',
      quantity: quantityOf('1'),
      leavesQuantity: quantityOf('1'),
      body: {
        case: 'parentFilled',
        value: { parentOrderId: parent.clientOrderId, quantity: quantityOf('1') },
      },
    });
    // when the rest of the parent fills
    harness.journalFilled(parent, { price: '100', position: '-40', cash: '104000' });
    // then purchases pass up to what a position may be once the whole of the leg has filled
    const buy = { ...limitAt('100') } as const;
    expect(harness.judge({ ...buy, ...units('101') })).toBe('POSITION_LIMIT');
    expect(harness.judge({ ...buy, ...units('100') })).toBe('approved');
  });

  it('of alternatives counts as its largest leg', () => {
    const harness = RiskHarness.ready({ limits: { shortAllowed: false } });
    harness.journalPosition('SPY', '10');
    harness.journalAccount('99000');
    const leg = { side: 'sell', groupId, groupKind: 'oco', groupRole: 'leg', ...units('10') } as const;
    expect(harness.judge({ ...leg, ...limitAt('110') })).toBe('approved');
    expect(harness.judge({ ...leg, type: 'stop', stopPrice: priceOf('90'), ...units('5') })).toBe('approved');
    expect(harness.judge({ side: 'sell', ...units('1') })).toBe('SHORT_NOT_ALLOWED');
  });
});

describe('an order of an exit', () => {
  it('is followed and not decided: execution has, and what it may still sell is counted', () => {
    // given 100 held, and an exit of 60 that execution has staged and decided itself
    const harness = RiskHarness.ready({ limits: { shortAllowed: false } });
    harness.journalPosition('SPY', '100');
    harness.journalAccount('90000');
    const exit = anIntent({ side: 'sell', ...units('60') });
    const bytes = OrderIntent.encode(exit);
    harness.journalOrder(exit, { state: 'staged', body: { case: 'staged', value: { intent: bytes } } });
    harness.journalOrder(exit, {
      state: 'approved',
      body: {
        case: 'decided',
        value: {
          outcome: 'approved',
          effectiveOrder: bytes,
          digest: sha256(bytes),
          reasons: ['SIGNED_EXIT'],
          riskEpoch: brandOf.epoch(0),
          limitsVersion: '',
          detail: '',
          exitId: brandOf.eventId('exit-1'),
        },
      },
    });
    // when time passes, and a strategy would sell as well
    harness.seconds(3);
    // then risk has nothing to say of the exit, and lets no more go than is left
    expect(harness.decisions).toEqual([]);
    expect(harness.judge({ side: 'sell', ...units('41') })).toBe('SHORT_NOT_ALLOWED');
    expect(harness.judge({ side: 'sell', ...units('40') })).toBe('approved');
  });
});
