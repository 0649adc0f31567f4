import { refuse, refuseType } from './codec-error.ts';

/** The names of an enum in TypeScript and their numbers on the wire. Number 0, "unspecified", is never in it. */
export interface EnumTable<Name extends string> {
  readonly title: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, Name>;
}

export function enumTable<Name extends string>(
  title: string,
  rows: readonly (readonly [Name, number])[],
): EnumTable<Name> {
  return {
    title,
    numbers: new Map(rows),
    names: new Map(rows.map(([name, number]) => [number, name])),
  };
}

export function enumNumber(table: EnumTable<string>, value: unknown, path: string, field: string): number {
  if (typeof value !== 'string') refuseType(path + field, `a name of ${table.title}`, value);
  const number = table.numbers.get(value);
  if (number === undefined) refuse('UNKNOWN_VALUE', path + field, `a name of ${table.title}`, value);
  return number;
}

export function enumName<Name extends string>(
  table: EnumTable<Name>,
  number: number,
  path: string,
  field: string,
): Name {
  const name = table.names.get(number);
  if (name === undefined) refuse('UNKNOWN_VALUE', path + field, `a number of ${table.title}`, number);
  return name;
}
