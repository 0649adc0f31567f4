import { describe, expect, test } from 'vitest';
import { messageTypes } from '../../protos/gen/registry.ts';
import { breachOf } from './breach.ts';
import { currentSamples, hex, readGoldenEntries } from './golden-file.ts';

describe('golden messages', () => {
  const entries = readGoldenEntries();

  test('every message ever written still decodes to its value and encodes to its bytes', () => {
    expect(entries.flatMap((entry) => breachOf(entry) ?? [])).toEqual([]);
  });

  test('a message that no longer means what it meant is found out', () => {
    const [entry] = entries;
    if (!entry) throw new Error('there are no golden messages');
    expect(breachOf({ ...entry, bytes: `${entry.bytes}ff` })).toContain('index out of range');
    expect(breachOf({ ...entry, value: { ...Object(entry.value), added: 'later' } })).toContain('decodes to');
    expect(breachOf({ ...entry, message: 'interlock.gone.v1.Gone' })).toContain('the message is gone');
  });

  test('every sample of the contract as it is has its entry (else: node test/golden/update.ts)', () => {
    const known = new Set(entries.map(({ message, sample, bytes }) => `${message} ${sample} ${bytes}`));
    const unknown = currentSamples()
      .map(({ message, name, value }) => {
        const type = messageTypes.get(message);
        return `${message} ${name} ${type ? hex(type.encode(value)) : 'is not generated'}`;
      })
      .filter((line) => !known.has(line));
    expect(unknown).toEqual([]);
  });
});
