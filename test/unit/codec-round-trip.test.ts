import fc from 'fast-check';
import Long from 'long';
import { describe, expect, test } from 'vitest';
import { messageTypes } from '../../protos/gen/registry.ts';
import {
  allFields,
  type FieldModel,
  type MessageModel,
  readContract,
  readReflection,
} from '../../protos/generator/contract.ts';
import { projectFolders } from '../../protos/generator/project.ts';
import { CodecError } from '../../services/kernel/codec/codec-error.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';
import { hex } from '../golden/golden-file.ts';
import { indexOf } from '../golden/samples.ts';
import { messageArbitrary } from './codec-arbitrary.ts';

const index = indexOf(readContract(projectFolders));
const reflection = readReflection(projectFolders);
const rows = [...index.messages.values()].map((message) => ({ name: message.fullName, message }));
const runs = { numRuns: 50 };

describe('codecs of every message', () => {
  test('the registry holds exactly the messages of the contract', () => {
    expect([...messageTypes.keys()].sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  test.each(rows)('$name: given any valid value, its bytes give it back', ({ message }) => {
    const type = typeOf(message);
    fc.assert(
      fc.property(messageArbitrary(index, message), (value) => {
        expect(type.decode(type.encode(value))).toEqual(value);
      }),
      runs,
    );
  });

  test.each(rows)('$name: its bytes are those that protobufjs itself writes', ({ name, message }) => {
    const type = typeOf(message);
    const independent = reflection.lookupType(name);
    fc.assert(
      fc.property(messageArbitrary(index, message), (value) => {
        const theirs = independent.encode(independent.fromObject(reflectionValue(message, value))).finish();
        expect(hex(type.encode(value))).toBe(hex(theirs));
      }),
      runs,
    );
  });

  test.each(rows)('$name: given cut or damaged bytes, it refuses or finds a valid value', ({ message }) => {
    const type = typeOf(message);
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(messageArbitrary(index, message), damage, (value, { at, byte, cut }) => {
        const bytes = Uint8Array.from(type.encode(value));
        const position = bytes.length === 0 ? 0 : at % bytes.length;
        bytes.set([byte].slice(bytes.length === 0 ? 1 : 0), position);
        expectRefusedOrValid(type, cut ? bytes.subarray(0, position) : bytes);
      }),
      runs,
    );
  });

  test.each(rows)('$name: given random bytes, it refuses or finds a valid value', ({ message }) => {
    const type = typeOf(message);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expectRefusedOrValid(type, bytes)),
      runs,
    );
  });
});

function typeOf(message: MessageModel): MessageType<unknown> {
  const type = messageTypes.get(message.fullName);
  if (!type) throw new Error(`${message.fullName} is not generated`);
  return type;
}

/** Whatever is accepted must be a value that the same codec also writes. */
function expectRefusedOrValid(type: MessageType<unknown>, bytes: Uint8Array): void {
  let decoded: unknown;
  try {
    decoded = type.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return;
  }
  expect(type.decode(type.encode(decoded))).toEqual(decoded);
}

/** Our value in the form that protobufjs' fromObject takes: enum names as in the `.proto`, oneofs flat, digits for bigints. */
function reflectionValue(message: MessageModel, value: unknown): { [key: string]: unknown } {
  const given = new Map(Object.entries(Object(value)));
  for (const { name } of message.oneofs) {
    const chosen: { case: string; value: unknown } = Object(given.get(name));
    given.delete(name);
    given.set(chosen.case, chosen.value);
  }
  const entries = allFields(message)
    .filter(({ name }) => given.get(name) !== undefined)
    .map((field) => [field.name, reflectionField(field, given.get(field.name))]);
  return Object.fromEntries(entries);
}

function reflectionField(field: FieldModel, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => reflectionField(field, item));
  if (field.type.kind === 'scalar') {
    if (field.type.scalar === 'exactInteger') return Long.fromString(String(value));
    return value;
  }
  const { fullName } = field.type.reference;
  const names = index.enums.get(fullName)?.values;
  if (names) return names.find(({ name }) => name === value)?.protoName;
  const inner = index.messages.get(fullName);
  if (!inner) throw new Error(`${fullName} is not in the contract`);
  return reflectionValue(inner, value);
}
