/** What the writing of the write and the read functions share: the table of scalars, and small pieces of text. */
import type { FieldModel, FieldType, ScalarKind } from './contract.ts';

export interface Scalar {
  /** The type in TypeScript when the field has no brand. */
  readonly base: string;
  readonly wireType: 0 | 1 | 2;
  /** Method of protobufjs' Writer. */
  readonly writer: string;
  /** Expression that reads and checks the value of the field called `name`. */
  readonly read: (name: string) => string;
  /** Value of a plain field that is not in the bytes; without one, the field is required. */
  readonly absent?: string;
  /** Condition under which a plain field is written, as every protobuf implementation has it. */
  readonly isPresent?: (value: string) => string;
}

const checkedBy = (check: ScalarKind, reader: string) => (name: string) =>
  `decode.${check}(reader.${reader}(), path, '${name}')`;

const integer = {
  base: 'number',
  wireType: 0,
  absent: '0',
  isPresent: (value: string) => `${value} !== 0`,
} as const;
// Minus zero is not the default: it has to be written to come back.
const isNotZero = (value: string) => `!Object.is(${value}, 0)`;
const double = { base: 'number', wireType: 1, writer: 'double', absent: '0', isPresent: isNotZero } as const;

export const scalars: Readonly<Record<ScalarKind, Scalar>> = {
  text: {
    base: 'string',
    wireType: 2,
    writer: 'string',
    read: () => 'reader.stringVerify()',
    absent: "''",
    isPresent: (value) => `${value} !== ''`,
  },
  nonEmptyText: {
    base: 'string',
    wireType: 2,
    writer: 'string',
    read: checkedBy('nonEmptyText', 'stringVerify'),
  },
  boolean: {
    base: 'boolean',
    wireType: 0,
    writer: 'bool',
    read: () => 'reader.bool()',
    absent: 'false',
    isPresent: (value) => value,
  },
  bytes: {
    base: 'Uint8Array',
    wireType: 2,
    writer: 'bytes',
    read: () => 'reader.bytes()',
    absent: 'decode.noBytes',
    isPresent: (value) => `${value}.length > 0`,
  },
  finite: { ...double, read: checkedBy('finite', 'double') },
  finiteOrNan: { ...double, read: checkedBy('finiteOrNan', 'double') },
  int32: { ...integer, writer: 'int32', read: checkedBy('int32', 'int64') },
  uint32: { ...integer, writer: 'uint32', read: checkedBy('uint32', 'uint64') },
  safeInteger: { ...integer, writer: 'int64', read: checkedBy('safeInteger', 'int64') },
  safeCount: { ...integer, writer: 'uint64', read: checkedBy('safeCount', 'uint64') },
  exactInteger: {
    ...integer,
    base: 'bigint',
    absent: '0n',
    writer: 'int64',
    read: () => 'decode.exactInteger(reader.int64())',
  },
};

export function typeOf(type: FieldType): string {
  return type.kind === 'scalar' ? (type.brand ?? scalars[type.scalar].base) : type.reference.name;
}

export function wireTypeOf(type: FieldType): number {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.scalar].wireType;
    case 'enum':
      return 0;
    case 'message':
      return 2;
  }
}

/** Repeated numbers stand in one run, with their length before them. */
export function isPacked(field: FieldModel): boolean {
  return field.presence === 'repeated' && wireTypeOf(field.type) !== 2;
}

export function tagOf(field: FieldModel, wireType: number): number {
  return ((field.number << 3) | wireType) >>> 0;
}

/** A field's local variable; the ending keeps it apart from keywords and parameters. */
export function local(name: string): string {
  return `${name}Value`;
}

export function tableName(enumName: string): string {
  return `${enumName[0]?.toLowerCase()}${enumName.slice(1)}Table`;
}

export function capitalized(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}

export function lines(...parts: readonly (string | readonly string[])[]): string {
  return parts.flat().join('\n');
}

export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
