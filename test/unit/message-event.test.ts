// Aim: an event made of a message gives that very message back, and what its bytes say to whoever asks for another type.
import { expect, it } from 'vitest';
import { Alert, Pace } from '../../protos/gen/system.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageEvent, messageIn } from '../../services/kernel/journal/message-event.ts';

const message: Alert = { severity: 'info', service: 'risk', code: 'TEST', text: 'a text', about: '' };
const event = messageEvent({ aggregate: 'a', type: Alert, message, time: brandOf.timestampUs(5) });

it('is the event that the bytes alone would make', () => {
  expect({ ...event }).toEqual({
    aggregate: 'a',
    type: Alert.name,
    time: 5,
    payload: Alert.encode(message),
  });
});

it('gives its message back, and from its bytes alone an equal one', () => {
  expect(messageIn(event, Alert)).toBe(message);
  expect(messageIn({ ...event }, Alert)).not.toBe(message);
  expect(messageIn({ ...event }, Alert)).toEqual(message);
});

it('is read as another type from its bytes, as any bytes are', () => {
  expect(() => messageIn(event, Pace)).toThrow(expect.objectContaining({ messageName: Pace.name }));
});
