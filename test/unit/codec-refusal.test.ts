import protobuf from 'protobufjs/minimal.js';
import { describe, expect, test } from 'vitest';
import { messageTypes } from '../../protos/gen/registry.ts';
import { CodecError } from '../../services/kernel/codec/codec-error.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import { currentSamples } from '../golden/golden-file.ts';

const { Writer } = protobuf;

describe('encode refuses what the bytes would not give back', () => {
  const rows: readonly [what: string, message: string, path: string, value: unknown, code: string][] = [
    ['a bigint for a double', 'market.v1.Quote', 'bidPrice', 412n, 'WRONG_TYPE'],
    ['a string for a double', 'market.v1.Quote', 'bidPrice', '412', 'WRONG_TYPE'],
    ['NaN', 'market.v1.Quote', 'bidPrice', Number.NaN, 'OUT_OF_RANGE'],
    ['infinity', 'market.v1.Quote', 'bidPrice', Number.POSITIVE_INFINITY, 'OUT_OF_RANGE'],
    [
      'infinity where NaN is allowed',
      'market.v1.OptionChainEntry',
      'delta',
      Number.NEGATIVE_INFINITY,
      'OUT_OF_RANGE',
    ],
    ['a number for a bigint', 'order.v1.OrderIntent', 'quantity', 100, 'WRONG_TYPE'],
    ['a bigint past 64 bits', 'order.v1.OrderIntent', 'quantity', 2n ** 63n, 'OUT_OF_RANGE'],
    ['a bigint below 64 bits', 'order.v1.OrderIntent', 'quantity', -(2n ** 63n) - 1n, 'OUT_OF_RANGE'],
    ['null for an optional bigint', 'order.v1.OrderIntent', 'limitPrice', null, 'WRONG_TYPE'],
    ['a fraction for a time', 'order.v1.OrderIntent', 'deadline', 1.5, 'OUT_OF_RANGE'],
    ['an unsafe time', 'order.v1.OrderIntent', 'deadline', 2 ** 53, 'OUT_OF_RANGE'],
    ['a bigint for a time', 'order.v1.OrderIntent', 'deadline', 1n, 'WRONG_TYPE'],
    ['a Date for a time', 'order.v1.OrderIntent', 'deadline', new Date(0), 'WRONG_TYPE'],
    ['a negative sequence', 'system.v1.Envelope', 'producerSequence', -1, 'OUT_OF_RANGE'],
    ['a negative uint32', 'order.v1.OrderIntent', 'ordinal', -1, 'OUT_OF_RANGE'],
    ['a uint32 past 32 bits', 'order.v1.OrderIntent', 'ordinal', 2 ** 32, 'OUT_OF_RANGE'],
    ['a fraction for a uint32', 'order.v1.OrderIntent', 'ordinal', 0.5, 'OUT_OF_RANGE'],
    ['NaN for a uint32', 'order.v1.OrderIntent', 'ordinal', Number.NaN, 'OUT_OF_RANGE'],
    ['a number for a boolean', 'order.v1.OrderIntent', 'reduceOnly', 1, 'WRONG_TYPE'],
    ['no boolean', 'order.v1.OrderIntent', 'reduceOnly', undefined, 'MISSING'],
    ['no identity', 'order.v1.OrderIntent', 'clientOrderId', undefined, 'MISSING'],
    ['an empty identity', 'order.v1.OrderIntent', 'clientOrderId', '', 'EMPTY'],
    ['an empty optional identity', 'order.v1.OrderIntent', 'groupId', '', 'EMPTY'],
    ['a lone surrogate', 'order.v1.OrderIntent', 'reason', '\ud800', 'MALFORMED'],
    ['a number for a text', 'order.v1.OrderIntent', 'reason', 5, 'WRONG_TYPE'],
    ['an unknown enum name', 'order.v1.OrderIntent', 'side', 'BUY', 'UNKNOWN_VALUE'],
    ['"unspecified"', 'order.v1.OrderIntent', 'side', 'unspecified', 'UNKNOWN_VALUE'],
    ['the number of an enum', 'order.v1.OrderIntent', 'side', 1, 'WRONG_TYPE'],
    ['a name that every object has', 'order.v1.OrderIntent', 'side', 'constructor', 'UNKNOWN_VALUE'],
    ['no enum', 'order.v1.OrderIntent', 'side', undefined, 'MISSING'],
    ['a string for bytes', 'system.v1.Envelope', 'payload', 'AAAA', 'WRONG_TYPE'],
    ['an array of numbers for bytes', 'system.v1.Envelope', 'payload', [1, 2], 'WRONG_TYPE'],
    ['one value for a list', 'order.v1.OrderEvent', 'flags', 'LATE_FILL', 'WRONG_TYPE'],
    ['no list', 'order.v1.OrderEvent', 'flags', undefined, 'MISSING'],
    ['a hole in a list', 'order.v1.OrderEvent', 'flags', new Array(1), 'MISSING'],
    ['no oneof', 'order.v1.OrderEvent', 'body', undefined, 'MISSING'],
    ['an unknown case', 'order.v1.OrderEvent', 'body', { case: 'gone', value: {} }, 'UNKNOWN_VALUE'],
    ['no case', 'order.v1.OrderEvent', 'body', {}, 'MISSING'],
    ['no nested message', 'risk.v1.KillSwitchEvent', 'scope', undefined, 'MISSING'],
    ['null for a nested message', 'risk.v1.KillSwitchEvent', 'scope', null, 'WRONG_TYPE'],
  ];

  test.each(rows)('%s (%s.%s)', (_what, message, path, value, code) => {
    const { type, sample } = sampleOf(message);
    const error = codecErrorOf(() => type.encode({ ...Object(sample), [path]: value }));
    expect(error).toMatchObject({ code, messageName: type.name, fieldPath: path });
    expect(error.message).toContain(`${type.name}.${path}: expected `);
  });

  test('a field deep inside is named by its whole path', () => {
    const { type, sample } = sampleOf('market.v1.OptionChain');
    const [entry] = Object(sample).entries;
    const error = codecErrorOf(() =>
      type.encode({ ...Object(sample), entries: [{ ...entry, delta: '0.5' }] }),
    );
    expect(error.fieldPath).toBe('entries[].delta');
    expect(error.message).toBe(
      'interlock.market.v1.OptionChain.entries[].delta: expected a finite number, found string "0.5"',
    );
  });

  test('what was refused half way leaves nothing in the next message', () => {
    const { type, sample } = sampleOf('market.v1.OptionChain');
    const whole = type.encode(sample);
    const [entry] = Object(sample).entries;
    for (const delta of ['0.5', undefined]) {
      codecErrorOf(() => type.encode({ ...Object(sample), entries: [entry, { ...entry, delta }] }));
      expect(type.encode(sample)).toEqual(whole);
    }
  });

  test('a message that is no object, or too large for the bus', () => {
    const { type, sample } = sampleOf('system.v1.Envelope');
    expect(codecErrorOf(() => type.encode(undefined))).toMatchObject({ code: 'MISSING', fieldPath: '' });
    expect(codecErrorOf(() => type.encode([]))).toMatchObject({ code: 'WRONG_TYPE', fieldPath: '' });
    const payload = new Uint8Array(messageBytesMax);
    expect(codecErrorOf(() => type.encode({ ...Object(sample), payload }))).toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  test('numbers at the very edge of what fits come back exactly', () => {
    const { type, sample } = sampleOf('order.v1.OrderIntent');
    for (const quantity of [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n]) {
      const value = { ...Object(sample), quantity, deadline: Number.MIN_SAFE_INTEGER, ordinal: 2 ** 32 - 1 };
      expect(type.decode(type.encode(value))).toEqual(value);
    }
  });
});

describe('decode refuses what is no valid message', () => {
  const identities = () => Writer.create().uint32(10).string('SPY').uint32(18).string('paper');

  const quotes: readonly [what: string, bytes: () => Uint8Array, code: string, path: string][] = [
    ['nothing, where an identity is required', () => new Uint8Array(0), 'MISSING', 'instrument'],
    ['an empty identity', () => Writer.create().uint32(10).string('').finish(), 'EMPTY', 'instrument'],
    ['a cut string', () => Uint8Array.of(10, 3, 83), 'MALFORMED', ''],
    ['invalid UTF-8', () => Uint8Array.of(10, 1, 0xff), 'MALFORMED', ''],
    ['a known field as another wire type', () => identities().uint32(24).uint32(5).finish(), 'MALFORMED', ''],
    [
      'a double that is not finite',
      () => identities().uint32(25).double(Number.NaN).finish(),
      'OUT_OF_RANGE',
      'bidPrice',
    ],
    ['an end of a group that never began', () => identities().uint32(100).finish(), 'MALFORMED', ''],
    ['field number 0', () => identities().uint32(0).uint32(1).finish(), 'MALFORMED', ''],
    ['more bytes than the bus carries', () => new Uint8Array(messageBytesMax + 1), 'TOO_LARGE', ''],
  ];

  test.each(quotes)('%s', (_what, bytes, code, fieldPath) => {
    const { type } = sampleOf('market.v1.Quote');
    expect(codecErrorOf(() => type.decode(bytes()))).toMatchObject({
      code,
      fieldPath,
      messageName: type.name,
    });
  });

  test.each([
    [
      'the unspecified enum',
      (writer: protobuf.Writer) => writer.uint32(56).int32(0),
      'UNKNOWN_VALUE',
      'side',
    ],
    [
      'an unknown enum number',
      (writer: protobuf.Writer) => writer.uint32(56).int32(99),
      'UNKNOWN_VALUE',
      'side',
    ],
    [
      'an enum number of 64 bits',
      (writer: protobuf.Writer) => writer.uint32(56).int64(2 ** 32 + 1),
      'OUT_OF_RANGE',
      'side',
    ],
    [
      'an unsafe time',
      (writer: protobuf.Writer) => writer.uint32(120).int64(2 ** 53),
      'OUT_OF_RANGE',
      'deadline',
    ],
    [
      'a uint32 of 64 bits',
      (writer: protobuf.Writer) => writer.uint32(136).uint64(2 ** 32),
      'OUT_OF_RANGE',
      'ordinal',
    ],
  ] as const)('%s', (_what, append, code, fieldPath) => {
    // Given a valid intent, when a later occurrence of a field says otherwise, then that one counts.
    const { type, sample } = sampleOf('order.v1.OrderIntent');
    const bytes = append(Writer.create().raw(type.encode(sample))).finish();
    expect(codecErrorOf(() => type.decode(bytes))).toMatchObject({ code, fieldPath });
  });

  test('a required enum or message that is not there', () => {
    const intent = sampleOf('order.v1.CancelOrder').type.encode({
      clientOrderId: 'x',
      requestedBy: '',
      reason: '',
    });
    expect(codecErrorOf(() => sampleOf('order.v1.OrderIntent').type.decode(intent))).toMatchObject({
      code: 'MISSING',
    });
    const event = Writer.create().uint32(10).string('manual').finish();
    const error = codecErrorOf(() => sampleOf('risk.v1.KillSwitchEvent').type.decode(event));
    expect(error).toMatchObject({ code: 'MISSING', fieldPath: 'scope' });
  });

  test('a nested message that reaches into its neighbor', () => {
    // The scope says it is 2 bytes long, but its text of 3 bytes does not end there.
    const bytes = Uint8Array.of(10, 2, 18, 3, 97, 98, 99);
    const error = codecErrorOf(() => sampleOf('control.v1.KillTrip').type.decode(bytes));
    expect(error).toMatchObject({ code: 'MALFORMED', fieldPath: 'scope' });
  });

  test('what is not bytes at all', () => {
    const type = sampleOf('market.v1.Quote').type;
    // The message's type forbids it, so the caller here is one that lost its types.
    expect(codecErrorOf(() => Reflect.apply(type.decode, type, ['text']))).toMatchObject({
      code: 'WRONG_TYPE',
    });
  });
});

describe('decode', () => {
  test('ignores fields of a later contract', () => {
    const { type, sample } = sampleOf('market.v1.Quote');
    const later = Writer.create()
      .raw(type.encode(sample))
      .uint32(7994)
      .string('later')
      .uint32(8000)
      .uint32(1);
    expect(type.decode(later.finish())).toEqual(sample);
  });

  test('gives plain Uint8Arrays whatever the bytes came in', () => {
    const { type, sample } = sampleOf('system.v1.Envelope');
    const decoded = Object(type.decode(Buffer.from(type.encode(sample))));
    expect(decoded.payload.constructor).toBe(Uint8Array);
    expect(type.encode(sample).constructor).toBe(Uint8Array);
  });
});

/** A message by its name after `interlock.`, with a valid value that has every field. */
function sampleOf(message: string) {
  const name = `interlock.${message}`;
  const type = messageTypes.get(name);
  const sample = currentSamples().find((one) => one.message === name && one.name === 'full');
  if (!type || !sample) throw new Error(`${name} is not in the contract`);
  return { type, sample: sample.value };
}

function codecErrorOf(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
