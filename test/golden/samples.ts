import type {
  Contract,
  EnumModel,
  FieldModel,
  MessageModel,
  ScalarKind,
} from '../../protos/generator/contract.ts';

export interface Sample {
  /** `full`, `sparse`, or the case of a oneof. */
  readonly name: string;
  readonly value: unknown;
}

/** Every enum and message of the contract by its full name. */
export interface ContractIndex {
  readonly enums: ReadonlyMap<string, EnumModel>;
  readonly messages: ReadonlyMap<string, MessageModel>;
}

export function indexOf(contract: Contract): ContractIndex {
  const enums = contract.areas.flatMap((area) => area.enums);
  const messages = contract.areas.flatMap((area) => area.messages);
  return {
    enums: new Map(enums.map((one) => [one.fullName, one])),
    messages: new Map(messages.map((one) => [one.fullName, one])),
  };
}

/**
 * Values that exercise each field: `full` has everything, `sparse` only what is required, and each case of a oneof
 * has its own. They depend on names and numbers alone, so they are the same on every run.
 */
export function samplesOf(index: ContractIndex, message: MessageModel): readonly Sample[] {
  const cases = message.oneofs.flatMap((oneof) => oneof.fields.map(({ name }) => name));
  return [
    { name: 'full', value: sampleValue(index, message, 'full', undefined) },
    { name: 'sparse', value: sampleValue(index, message, 'sparse', undefined) },
    ...cases.map((name) => ({ name, value: sampleValue(index, message, 'full', name) })),
  ];
}

type Fullness = 'full' | 'sparse';

function sampleValue(
  index: ContractIndex,
  message: MessageModel,
  fullness: Fullness,
  wantedCase: string | undefined,
): unknown {
  const entries = message.fields
    .filter((field) => fullness === 'full' || field.presence !== 'optional')
    .map((field) => [field.name, fieldValue(index, field, fullness)]);
  const oneofs = message.oneofs.map((oneof) => {
    const field = oneof.fields.find(({ name }) => name === wantedCase) ?? oneof.fields[0];
    if (!field) throw new Error(`${message.fullName}.${oneof.name} has no case`);
    return [oneof.name, { case: field.name, value: single(index, field, fullness, 0) }];
  });
  return Object.fromEntries([...entries, ...oneofs]);
}

function fieldValue(index: ContractIndex, field: FieldModel, fullness: Fullness): unknown {
  if (field.presence !== 'repeated') return single(index, field, fullness, 0);
  return fullness === 'sparse' ? [] : [single(index, field, fullness, 0), single(index, field, fullness, 1)];
}

function single(index: ContractIndex, field: FieldModel, fullness: Fullness, position: number): unknown {
  if (field.type.kind === 'scalar') {
    return fullness === 'full'
      ? scalarValue(field, field.type.scalar, position)
      : sparseScalar(field.type.scalar);
  }
  const { fullName } = field.type.reference;
  const values = index.enums.get(fullName)?.values;
  // The first two only, so that an enum may grow without changing the samples of all who use it.
  if (values) return values[(field.number + position) % Math.min(2, values.length)]?.name;
  const message = index.messages.get(fullName);
  if (!message) throw new Error(`${fullName} is not in the contract`);
  return sampleValue(index, message, fullness, undefined);
}

function scalarValue(field: FieldModel, scalar: ScalarKind, position: number): unknown {
  const seed = field.number + position;
  switch (scalar) {
    case 'text':
      return `${field.name} ${seed} é€😀`;
    case 'nonEmptyText':
      return `${field.name}-${seed}`;
    case 'boolean':
      return true;
    case 'bytes':
      return Uint8Array.of(0, seed, 255);
    case 'finite':
      return seed + 0.1;
    case 'finiteOrNan':
      return position === 0 ? Number.NaN : seed + 0.1;
    case 'int32':
      return -seed;
    case 'uint32':
      return 2 ** 32 - seed;
    case 'safeInteger':
      return seed % 2 === 0 ? 1_700_000_000_000_000 + seed : -seed;
    case 'safeCount':
      return Number.MAX_SAFE_INTEGER - seed;
    case 'exactInteger':
      return seed % 2 === 0 ? 2n ** 62n + BigInt(seed) : -BigInt(seed) * 1_000_000_007n;
  }
}

function sparseScalar(scalar: ScalarKind): unknown {
  switch (scalar) {
    case 'text':
      return '';
    case 'nonEmptyText':
      return 'x';
    case 'boolean':
      return false;
    case 'bytes':
      return new Uint8Array(0);
    case 'exactInteger':
      return 0n;
    default:
      return 0;
  }
}
