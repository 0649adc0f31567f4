import fc from 'fast-check';
import type { FieldModel, MessageModel, ScalarKind } from '../../protos/generator/contract.ts';
import type { ContractIndex } from '../golden/samples.ts';

/** Any valid value of a message, from the contract alone. */
export function messageArbitrary(index: ContractIndex, message: MessageModel): fc.Arbitrary<unknown> {
  const fields = message.fields.map((field) => [field.name, fieldArbitrary(index, field)]);
  const oneofs = message.oneofs.map((oneof) => [
    oneof.name,
    fc.oneof(
      ...oneof.fields.map((field) =>
        fc.record({ case: fc.constant(field.name), value: singleArbitrary(index, field) }),
      ),
    ),
  ]);
  return fc.record(Object.fromEntries([...fields, ...oneofs]));
}

function fieldArbitrary(index: ContractIndex, field: FieldModel): fc.Arbitrary<unknown> {
  const single = singleArbitrary(index, field);
  switch (field.presence) {
    case 'plain':
      return single;
    case 'optional':
      return fc.option(single, { nil: undefined });
    case 'repeated':
      return fc.array(single, { maxLength: 3 });
  }
}

function singleArbitrary(index: ContractIndex, field: FieldModel): fc.Arbitrary<unknown> {
  if (field.type.kind === 'scalar') return scalarArbitraries[field.type.scalar];
  const { fullName } = field.type.reference;
  const values = index.enums.get(fullName)?.values;
  if (values) return fc.constantFrom(...values.map(({ name }) => name));
  const message = index.messages.get(fullName);
  if (!message) throw new Error(`${fullName} is not in the contract`);
  return messageArbitrary(index, message);
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

const scalarArbitraries: Readonly<Record<ScalarKind, fc.Arbitrary<unknown>>> = {
  text: fc.string({ unit: 'binary', maxLength: 100 }),
  nonEmptyText: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 200 }),
  finite,
  finiteOrNan: fc.oneof(finite, fc.constant(Number.NaN)),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  safeInteger: fc.maxSafeInteger(),
  safeCount: fc.maxSafeNat(),
  exactInteger: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
};
