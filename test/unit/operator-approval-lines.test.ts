// Aim: what a person is shown before signing is everything that is signed, read from the very bytes, on a terminal of
// any width; nothing in it can hide itself or pretend to be something else.
import { describe, expect, it } from 'vitest';
import { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { approvalLines, blockLines, durationText } from '../../services/operator/acts/approval-lines.ts';
import { pickOrder, type WaitingOrder } from '../../services/operator/acts/waiting-orders.ts';
import { anIntent } from '../machines/order-samples.ts';

const since = brandOf.timestampUs(Date.UTC(2026, 0, 5, 14, 30) * 1000);
const now = brandOf.timestampUs(since + 75_000_000);
const deadline = brandOf.timestampUs(now + 3_700_000_000);

function aWaitingOrder(overrides: Partial<OrderIntent> = {}, rest: Partial<WaitingOrder> = {}): WaitingOrder {
  const order = anIntent({
    clientOrderId: brandOf.clientOrderId('GB7QK4T2M5YV3XWJ6HPLN2DCAE4RZSUO'),
    deadline,
    ...overrides,
  });
  return {
    clientOrderId: order.clientOrderId,
    order,
    digest: sha256(OrderIntent.encode(order)),
    limitsVersion: '9f3c0d1e5566',
    detail: 'value 5000.00 above 1000.00',
    reasons: ['APPROVAL_REQUIRED'],
    since,
    estimate: '',
    ...rest,
  };
}

const wide = { now, width: Number.POSITIVE_INFINITY };

describe('the table', () => {
  it('tells which order, what, how much, why, under which limits, since when and until when', () => {
    const [header, row, hint] = approvalLines([aWaitingOrder()], wide);
    expect(header).toMatch(/^order +what +value +why +limits +waits$/);
    expect(row?.split(/ {2,}/)).toEqual([
      'GB7QK4T2M5YV3XWJ6HPLN2DCAE4RZSUO',
      'BUY 100 SPY limit 50.00 day',
      '5000.00',
      'the averages crossed; APPROVAL_REQUIRED: value 5000.00 above 1000.00',
      '9f3c0d1e',
      '1 min 15 s, until 2026-01-05T15:32:55Z, 1 h 1 min left',
    ]);
    expect(hint).toContain('npx --no interlock approve <order>');
  });

  it.each([200, 120, 80, 40])('stays within %d columns and leaves out nothing that is signed', (width) => {
    const order = aWaitingOrder();
    const lines = blockLines(order, { now, width });
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    const text = lines.join('').replaceAll(' ', '');
    for (const part of [order.clientOrderId, 'BUY100SPY', '50.00', 'main', 'paper', '9f3c0d1e5566']) {
      expect(text).toContain(part);
    }
    expect(text).toContain(Buffer.from(order.digest).toString('hex'));
  });

  it('becomes one block an order where it does not fit', () => {
    const orders = [aWaitingOrder(), aWaitingOrder({ instrument: brandOf.instrumentId('QQQ') })];
    const lines = approvalLines(orders, { now, width: 80 });
    expect(lines.filter((line) => line.startsWith('what'))).toEqual([
      'what       BUY 100 SPY limit 50.00 day',
      'what       BUY 100 QQQ limit 50.00 day',
    ]);
  });

  it('says so when nothing waits, and when a deadline has passed', () => {
    expect(approvalLines([], wide)).toEqual(['no order waits for approval']);
    const late = aWaitingOrder({ deadline: now });
    expect(approvalLines([late], wide)[1]).toContain('its deadline has passed');
  });
});

describe('the value', () => {
  it.each([
    [{ limitPrice: brandOf.price(50_000_000_001n) }, '', '5000.0000001'],
    [
      { type: 'stop' as const, limitPrice: undefined, stopPrice: brandOf.price(49_000_000_000n) },
      '',
      '4900.00',
    ],
    [{ type: 'market' as const, limitPrice: undefined }, '', 'at market'],
    [{ type: 'market' as const, limitPrice: undefined }, '5001.25', '≈ 5001.25'],
  ])('of %o is %s%s', (overrides, estimate, shown) => {
    const line = blockLines(aWaitingOrder(overrides, { estimate }), wide).find((one) =>
      one.startsWith('value'),
    );
    expect(line).toBe(`value      ${shown}`);
  });
});

it('a reason cannot paint over what is signed, nor turn or break its lines', () => {
  const reason = 'harmless\u001b[2K\rBUY 1 SPY\n\u202eevil\u200b';
  const lines = approvalLines([aWaitingOrder({ reason })], wide);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('harmless\\u{1b}[2K\\u{d}BUY 1 SPY\\u{a}\\u{202e}evil\\u{200b}');
});

describe('the order that is meant', () => {
  const one = aWaitingOrder();
  const other = aWaitingOrder({ clientOrderId: brandOf.clientOrderId('GB7QZZZZ') });

  it('is known by its id or a beginning that no other has', () => {
    expect(pickOrder([one, other], one.clientOrderId)).toBe(one);
    expect(pickOrder([one, other], 'GB7QK')).toBe(one);
  });

  it.each([
    ['GB7Q', /2 waiting orders begin with GB7Q/],
    ['GB7', /no order GB7 waits/],
    ['XXXXXXXX', /no order XXXXXXXX waits for approval/],
  ])('%s is not guessed', (asked, message) => {
    expect(() => pickOrder([one, other], asked)).toThrow(message);
  });
});

it.each([
  [0, '0 s'],
  [59_999_999, '59 s'],
  [250_000_000, '4 min 10 s'],
  [7_260_000_000, '2 h 1 min'],
])('%d us is %s', (us, text) => {
  expect(durationText(us)).toBe(text);
});
