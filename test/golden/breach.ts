import { isDeepStrictEqual } from 'node:util';
import { messageTypes } from '../../protos/gen/registry.ts';
import { type GoldenEntry, hex, jsonOf } from './golden-file.ts';

/** Why an old message no longer means what it meant, or undefined when it does. */
export function breachOf(entry: GoldenEntry): string | undefined {
  const place = `${entry.message} ${entry.sample} version ${entry.version}`;
  const type = messageTypes.get(entry.message);
  if (!type) return `${place}: the message is gone`;
  try {
    const decoded = type.decode(Buffer.from(entry.bytes, 'hex'));
    if (!holds(jsonOf(decoded), entry.value))
      return `${place}: decodes to ${JSON.stringify(jsonOf(decoded))}`;
    if (hex(type.encode(decoded)) !== entry.bytes) return `${place}: encodes to other bytes`;
    return undefined;
  } catch (error) {
    return `${place}: ${String(error)}`;
  }
}

/** Everything that was written is still there; fields that the contract got later may stand beside it. */
function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(actual, expected);
  if (typeof actual !== 'object' || actual === null) return false;
  const actualEntries = new Map(Object.entries(actual));
  if (Array.isArray(expected) && expected.length !== actualEntries.size) return false;
  return Object.entries(expected).every(([key, value]) => holds(actualEntries.get(key), value));
}
