/**
 * The contract as the generator, its checks and the tests see it: a small model of the `.proto` files, made from
 * protobufjs reflection, that holds only what our codecs support. Everything else is refused here, by name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import protobuf from 'protobufjs';

export interface Contract {
  readonly areas: readonly Area[];
}

/** One package, `interlock.<area>.v1`; it becomes one generated file, `<area>.ts`. */
export interface Area {
  readonly name: string;
  readonly enums: readonly EnumModel[];
  readonly messages: readonly MessageModel[];
}

/** Points at an enum or a message, which may be of another area. */
export interface TypeReference {
  readonly area: string;
  readonly name: string;
  readonly fullName: string;
}

export interface EnumModel extends TypeReference {
  readonly file: string;
  readonly comment: string;
  /** Number 0, "unspecified", is left out: it is no value. */
  readonly values: readonly EnumValue[];
  readonly reserved: Reserved;
}

export interface EnumValue {
  readonly name: string;
  readonly protoName: string;
  readonly number: number;
}

export interface MessageModel extends TypeReference {
  readonly file: string;
  readonly comment: string;
  /** Fields outside a oneof, as declared. */
  readonly fields: readonly FieldModel[];
  readonly oneofs: readonly OneofModel[];
  readonly reserved: Reserved;
}

export interface OneofModel {
  readonly name: string;
  readonly fields: readonly FieldModel[];
}

export interface FieldModel {
  readonly name: string;
  readonly protoName: string;
  readonly number: number;
  readonly comment: string;
  readonly presence: 'plain' | 'optional' | 'repeated';
  readonly type: FieldType;
  /** The type as the `.proto` names it, resolved; what the bytes depend on. */
  readonly wireType: string;
}

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarKind; readonly brand: string | undefined }
  | { readonly kind: 'enum'; readonly reference: TypeReference }
  | { readonly kind: 'message'; readonly reference: TypeReference };

/** A scalar is named by the check that guards it, in encode-checks.ts and decode-checks.ts. */
export type ScalarKind =
  | 'text'
  | 'nonEmptyText'
  | 'boolean'
  | 'bytes'
  | 'finite'
  | 'finiteOrNan'
  | 'int32'
  | 'uint32'
  | 'safeInteger'
  | 'safeCount'
  | 'exactInteger';

export interface Reserved {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly names: readonly string[];
}

/** A `.proto` file says something that the codecs do not support, or that breaks a rule of the contract. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

export interface ContractFolders {
  /** Every `.proto` in it is read. */
  readonly protos: string;
  /** Imports are looked up here. */
  readonly imports: string;
  /** brand.ts, which says what each brand is made of. */
  readonly brandFile: string;
}

export function readContract(folders: ContractFolders): Contract {
  const root = readReflection(folders);
  const brands = readBrands(folders.brandFile);
  const enums: EnumModel[] = [];
  const messages: MessageModel[] = [];
  visit(root, (object) => {
    if (object instanceof protobuf.Enum) enums.push(enumModel(object));
    if (object instanceof protobuf.Type) messages.push(messageModel(object, brands));
  });
  refuseSharedNames([...enums, ...messages]);
  refuseRecursion(messages);
  const areaNames = [...new Set([...enums, ...messages].map(({ area }) => area))].sort();
  return {
    areas: areaNames.map((name) => ({
      name,
      enums: enums.filter(({ area }) => area === name),
      messages: messages.filter(({ area }) => area === name),
    })),
  };
}

/** The `.proto` files as protobufjs sees them. */
export function readReflection(folders: ContractFolders): protobuf.Root {
  const require = createRequire(import.meta.url);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (target.startsWith('google/')) return require.resolve(`protobufjs/${target}`);
    return isAbsolute(target) ? target : join(folders.imports, target);
  };
  const files = readdirSync(folders.protos, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto'))
    .sort()
    .map((name) => join(folders.protos, name));
  root.loadSync(files, { alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** Brand name → what it is made of: string, number or bigint. */
export type Brands = ReadonlyMap<string, string>;

function readBrands(brandFile: string): Brands {
  const declarations = readFileSync(brandFile, 'utf8').matchAll(/export type (\w+) = Brand<(\w+), '\w+'>/g);
  return new Map([...declarations].map(([, name = '', base = '']) => [name, base]));
}

function visit(namespace: protobuf.NamespaceBase, each: (object: protobuf.ReflectionObject) => void): void {
  for (const object of namespace.nestedArray) {
    if (object.fullName.startsWith('.google.')) continue;
    each(object);
    if (object instanceof protobuf.Type && object.nestedArray.length > 0) {
      throw new ContractError(
        `${place(object)}: declare ${object.nestedArray[0]?.name} at the top level of the file`,
      );
    }
    if (object instanceof protobuf.Namespace) visit(object, each);
  }
}

function reference(object: protobuf.ReflectionObject): TypeReference {
  const fullName = object.fullName.slice(1);
  const match = /^interlock\.([a-z]+)\.v1\.(\w+)$/.exec(fullName);
  if (!match?.[1] || !match[2]) {
    throw new ContractError(`${place(object)}: must be in a package interlock.<area>.v1`);
  }
  return { area: match[1], name: match[2], fullName };
}

function enumModel(object: protobuf.Enum): EnumModel {
  const prefix = `${object.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}_`;
  const rows = Object.entries(object.values);
  if (object.valuesById[0] !== `${prefix}UNSPECIFIED`) {
    throw new ContractError(`${place(object)}: value 0 must be ${prefix}UNSPECIFIED`);
  }
  const values = rows.flatMap(([protoName, number]) => {
    if (!protoName.startsWith(prefix)) {
      throw new ContractError(`${place(object)}: ${protoName} must start with ${prefix}`);
    }
    return number === 0 ? [] : [{ name: camelCase(protoName.slice(prefix.length)), protoName, number }];
  });
  return {
    ...reference(object),
    file: fileOf(object),
    comment: object.comment ?? '',
    values,
    reserved: reserved(object.reserved),
  };
}

function messageModel(object: protobuf.Type, brands: Brands): MessageModel {
  const isOwnOneof = (oneof: protobuf.OneOf | null) => oneof !== null && !oneof.isProto3Optional;
  return {
    ...reference(object),
    file: fileOf(object),
    comment: object.comment ?? '',
    fields: object.fieldsArray
      .filter((field) => !isOwnOneof(field.partOf))
      .map((field) => fieldModel(field, brands)),
    oneofs: object.oneofsArray.filter(isOwnOneof).map((oneof) => ({
      name: oneof.name,
      fields: oneof.fieldsArray.map((field) => fieldModel(field, brands)),
    })),
    reserved: reserved(object.reserved),
  };
}

function fieldModel(field: protobuf.Field, brands: Brands): FieldModel {
  if (field.map) throw new ContractError(`${place(field)}: maps are not supported; use a repeated message`);
  const type = fieldType(field, brands);
  return {
    name: field.name,
    protoName: field.protoName,
    number: field.id,
    comment: field.comment ?? '',
    presence: field.repeated ? 'repeated' : field.options?.proto3_optional === true ? 'optional' : 'plain',
    type,
    wireType: type.kind === 'scalar' ? field.type : type.reference.fullName,
  };
}

function fieldType(field: protobuf.Field, brands: Brands): FieldType {
  if (field.resolvedType instanceof protobuf.Enum)
    return { kind: 'enum', reference: reference(field.resolvedType) };
  if (field.resolvedType) return { kind: 'message', reference: reference(field.resolvedType) };
  const brand: unknown = field.options?.['(interlock.brand)'];
  if (typeof brand !== 'string') return { kind: 'scalar', scalar: plainScalar(field), brand: undefined };
  const base = brands.get(brand);
  if (base === undefined)
    throw new ContractError(`${place(field)}: brand ${brand} is not declared in brand.ts`);
  const scalar = brandedScalars[`${field.type} ${base}`];
  if (scalar === undefined) {
    throw new ContractError(`${place(field)}: brand ${brand} is a ${base}, which ${field.type} cannot carry`);
  }
  return { kind: 'scalar', scalar, brand };
}

const brandedScalars: Readonly<Record<string, ScalarKind>> = {
  'string string': 'nonEmptyText',
  'int64 number': 'safeInteger',
  'uint64 number': 'safeCount',
  'int64 bigint': 'exactInteger',
};

const plainScalars: Readonly<Record<string, ScalarKind>> = {
  string: 'text',
  bool: 'boolean',
  bytes: 'bytes',
  double: 'finite',
  int32: 'int32',
  uint32: 'uint32',
};

function plainScalar(field: protobuf.Field): ScalarKind {
  if (field.type === 'int64' || field.type === 'uint64') {
    throw new ContractError(
      `${place(field)}: ${field.type} needs a brand, which says what it is in TypeScript`,
    );
  }
  const scalar = plainScalars[field.type];
  if (scalar === undefined) throw new ContractError(`${place(field)}: type ${field.type} is not supported`);
  return field.options?.['(interlock.may_be_nan)'] === true && scalar === 'finite' ? 'finiteOrNan' : scalar;
}

function reserved(entries: readonly (number[] | string)[] | undefined): Reserved {
  const ranges: [number, number][] = [];
  const names: string[] = [];
  for (const entry of entries ?? []) {
    if (typeof entry === 'string') names.push(entry);
    else ranges.push([entry[0] ?? 0, entry[1] ?? 0]);
  }
  return { ranges, names };
}

/** One name means one thing on the whole bus, and generated files import each other's types by name. */
function refuseSharedNames(references: readonly TypeReference[]): void {
  const seen = new Map<string, TypeReference>();
  for (const one of references) {
    const other = seen.get(one.name);
    if (other) throw new ContractError(`${one.fullName}: the name is taken by ${other.fullName}`);
    seen.set(one.name, one);
  }
}

/** Without recursion no bytes, however hostile, can nest deeper than the contract itself. */
function refuseRecursion(messages: readonly MessageModel[]): void {
  const byName = new Map(messages.map((message) => [message.fullName, message]));
  const settled = new Set<string>();
  const descend = (message: MessageModel, above: readonly string[]): void => {
    if (above.includes(message.fullName)) {
      throw new ContractError(
        `${message.file}: ${message.fullName} contains itself, by ${above.join(' > ')}`,
      );
    }
    if (settled.has(message.fullName)) return;
    for (const { type } of allFields(message)) {
      const inner = type.kind === 'message' ? byName.get(type.reference.fullName) : undefined;
      if (inner) descend(inner, [...above, message.fullName]);
    }
    settled.add(message.fullName);
  };
  for (const message of messages) descend(message, []);
}

export function allFields(message: MessageModel): readonly FieldModel[] {
  return [...message.fields, ...message.oneofs.flatMap((oneof) => oneof.fields)].sort(
    (one, other) => one.number - other.number,
  );
}

function fileOf(object: protobuf.ReflectionObject): string {
  const { filename } = object;
  return filename === null ? '' : filename.slice(Math.max(0, filename.lastIndexOf('interlock/')));
}

function place(object: protobuf.ReflectionObject): string {
  return `${fileOf(object)}: ${object.fullName.slice(1)}`;
}

function camelCase(upperCase: string): string {
  return upperCase.toLowerCase().replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
