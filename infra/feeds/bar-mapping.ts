import { exitCodes, UserError } from '../process/user-error.ts';
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
  const place = (role: BarRole): number => {
    const wanted = mapping[role];
    const candidates = wanted === undefined ? usualNames[role] : [wanted.toLowerCase()];
    const found = candidates.map((name) => known.indexOf(name)).find((index) => index >= 0);
    if (found !== undefined) return found;
    if (role === 'symbol' && wanted === undefined) return -1;
    throw feedDataError({
      file,
      line: 1,
      expected: `a column ${wanted ?? candidates.join(' or ')}`,
      found: `the columns ${names.join(', ') || '(none)'}`,
      remedy: `name the column with --columns ${role}=<column>`,
    });
  };
  return {
    time: place('time'),
    open: place('open'),
    high: place('high'),
    low: place('low'),
    close: place('close'),
    volume: place('volume'),
    symbol: place('symbol'),
  };
}
