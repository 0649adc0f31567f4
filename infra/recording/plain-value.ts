import { messageTypes } from '../../protos/gen/registry.ts';
import { type Json, plainMessage } from '../../services/kernel/codec/plain-message.ts';
import { messageOf } from './recording-tape.ts';

/** What was on a tape as plain JSON for a person: messages are decoded, bytes in hex. */
export function plainValue(value: unknown): Json {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return plainMessage(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Map) return [...value].map(plainValue);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const { type, payload }: { type?: unknown; payload?: unknown } = value;
  const message =
    typeof type === 'string' && payload instanceof Uint8Array ? decoded(type, payload) : undefined;
  return Object.fromEntries([
    ...fields
      .filter(([name]) => message === undefined || name !== 'payload')
      .map(([name, field]) => [name, plainValue(field)]),
    ...(message === undefined ? [] : [['message', message]]),
  ]);
}

function decoded(type: string, payload: Uint8Array): Json {
  const message = messageTypes.get(type);
  if (message === undefined) return undefined;
  try {
    return plainMessage(message.decode(payload));
  } catch (error) {
    return { unreadable: messageOf(error) };
  }
}

/** Equal in every part, as far as it is recorded; a field that is undefined is as good as none. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left === 'function' || typeof right === 'function')
    return left === undefined || right === undefined;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (left instanceof Map && right instanceof Map) return sameValue([...left], [...right]);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => sameValue(Reflect.get(left, name), Reflect.get(right, name)));
}
