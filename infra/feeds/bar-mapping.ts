import { exitCodes, UserError } from '../process/user-error.ts';
import { usualHeader } from './csv-table.ts';
import { feedDataError } from './feed-data-error.ts';

/** What a column of a file of bars may mean. */
export const barRoles = ['time', 'open', 'high', 'low', 'close', 'volume', 'symbol'] as const;
export type BarRole = (typeof barRoles)[number];

/** Names of columns where they are not called what they mean, such as `{ time: 'Date' }`. */
export type BarMapping = { readonly [Role in BarRole]?: string | undefined };

/** Columns that are taken without being named. */
const usualNames: Readonly<Record<BarRole, readonly string[]>> = {
  time: ['time', 'timestamp', 'datetime', 'date'],
  open: ['open'],
  high: ['high'],
  low: ['low'],
  close: ['close'],
  volume: ['volume'],
  symbol: ['symbol'],
};

/** `time=Date,open=Open`, as typed. Throws a UserError. */
export function parseBarMapping(text: string): BarMapping {
  const mapping: Partial<Record<BarRole, string>> = {};
  for (const pair of text.split(',')) {
    const [name = '', column = '', ...rest] = pair.split('=');
    const role = barRoles.find((known) => known === name.trim());
    if (role === undefined || column.trim() === '' || rest.length > 0 || mapping[role] !== undefined) {
      throw new UserError(
        exitCodes.usage,
        `--columns: expected pairs such as time=Date,open=Open with each of ${barRoles.join(', ')} at most once, found ${JSON.stringify(pair)}.`,
      );
    }
    mapping[role] = column.trim();
  }
  return mapping;
}

/** The place of each role's column, from 0; `symbol` is -1 when there is none. Names are compared without case. */
export function placesOf(
  names: readonly string[],
  { file, mapping }: { readonly file: string; readonly mapping: BarMapping },
): Readonly<Record<BarRole, number>> {
  const known = names.map((name) => name.trim().toLowerCase());
  const missing: BarRole[] = [];
  const place = (role: BarRole): number => {
    const wanted = mapping[role];
    const candidates = wanted === undefined ? usualNames[role] : [wanted.toLowerCase()];
    const found = candidates.map((name) => known.indexOf(name)).find((index) => index >= 0);
    if (found === undefined && (role !== 'symbol' || wanted !== undefined)) missing.push(role);
    return found ?? -1;
  };
  const places = {
    time: place('time'),
    open: place('open'),
    high: place('high'),
    low: place('low'),
    close: place('close'),
    volume: place('volume'),
    symbol: place('symbol'),
  };
  if (missing.length === 0) return places;
  const taken = new Set(Object.values(places));
  const free = names.map((name) => name.trim()).filter((name, index) => name !== '' && !taken.has(index));
  const found = names.join(', ');
  if (names.every((name) => isValue.test(name))) {
    throw feedDataError({
      file,
      line: 1,
      expected: 'a line that names the columns',
      found: `the values ${found}`,
      remedy: `put one such as ${usualHeader} before them`,
    });
  }
  throw feedDataError({
    file,
    line: 1,
    expected: expectedText(missing, mapping),
    found: `the columns ${found.length > foundCharactersMax ? `${found.slice(0, foundCharactersMax)}…` : found || '(none)'}`,
    remedy: mappingRemedy(missing, free),
  });
}

function expectedText(missing: readonly BarRole[], mapping: BarMapping): string {
  const [only, ...others] = missing.map((role) => ({ role, wanted: mapping[role] }));
  if (only !== undefined && others.length === 0)
    return `a column ${only.wanted ?? usualNames[only.role].join(' or ')}`;
  const told = missing.map((role) => (mapping[role] === undefined ? role : `${role} (${mapping[role]})`));
  return `columns for ${told.slice(0, -1).join(', ')} and ${told.at(-1)}`;
}

const foundCharactersMax = 200;

/** A number or a time. */
const isValue = /^[+-]?\d[\dTZ.:+ /-]*$/;

/** What may be meant by a name, where it says so: whole, or a word of it. */
const hints: Readonly<Record<BarRole, RegExp>> = {
  time: /\b(date|time|datetime|timestamp|day|ts|t)\b|date|time/i,
  open: /\b(open|o)\b|open/i,
  high: /\b(high|h|max)\b|high/i,
  low: /\b(low|l|min)\b|low/i,
  close: /\b(close|c|last|price)\b|close/i,
  volume: /\b(volume|vol|v|qty|quantity|size)\b|vol/i,
  symbol: /\b(symbol|ticker|instrument|sym)\b|symbol/i,
};

/** The option as it would be typed, with a column of the file where one is likely to be meant. */
function mappingRemedy(missing: readonly BarRole[], free: readonly string[]): string {
  const left = new Set(free);
  const pairs = missing.map((role) => {
    const likely = [...left].find((name) => hints[role].test(name.replaceAll('_', ' ')));
    if (likely !== undefined) left.delete(likely);
    return `${role}=${likely ?? '<column>'}`;
  });
  const text = pairs.join(',');
  return `name the column${missing.length > 1 ? 's' : ''} with --columns ${/[^\w=,.-]/.test(text) ? `'${text}'` : text}`;
}
