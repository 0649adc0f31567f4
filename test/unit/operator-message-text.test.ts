// Aim: a row of a journal is one line that a person can read: what happened, where it led, and what is worth knowing.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import { messageText } from '../../services/operator/message-text.ts';

const order = { state: 'filled', side: 'buy', quantity: parseAmount('12'), instrument: 'SPY', flags: [] };

it('a change, the state it led to, and its fields; amounts exact, times readable, hashes short, bytes and empty fields left out', () => {
  const value = {
    price: parseAmount('512.33'),
    venueTime: brandOf.timestampUs(1_767_623_400_000_000),
    intent: new Uint8Array([1]),
    reason: '',
    limitsVersion: '76cd0d835c3da84264628c8749bac0b9009b5b432b61f6688cfc144ef87584cb',
    detail: 'the last one',
  };
  expect(messageText({ ...order, body: { case: 'filled', value } })).toBe(
    'filled → filled buy 12 SPY price=512.33 venueTime=2026-01-05T14:30:00.000Z limitsVersion=76cd0d83… detail="the last one"',
  );
});

it('what needs a look is at the end', () => {
  const late = { ...order, flags: ['LATE_FILL'], ignored: true, body: { case: 'accepted', value: {} } };
  expect(messageText(late)).toBe('accepted → filled buy 12 SPY LATE_FILL IGNORED');
});

it('a message without a change is its fields', () => {
  expect(messageText({ mode: 'active', scope: { kind: 'all', id: '' }, reasons: ['a', 'b'] })).toBe(
    'mode=active scope=(kind=all) reasons=a,b',
  );
});
