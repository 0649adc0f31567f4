import { readFileSync } from 'node:fs';
import type { CorporateAction } from '../../protos/gen/market.ts';
import type { InstrumentId, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { AmountOverflow, AmountSyntax, money, parseAmount } from '../../services/kernel/money/amount.ts';
import type { BarTime } from './bar-time.ts';
import type { TimedAction } from './column-feed.ts';
import { type CsvLine, CsvTable } from './csv-table.ts';
import { feedDataError } from './feed-data-error.ts';
import { type DayNumber, parseDay } from './new-york-session.ts';

export interface ActionFile {
  readonly file: string;
  readonly symbols: readonly InstrumentId[];
  readonly venue: VenueId;
  /** Of the clocks by which the days are counted. */
  readonly time: BarTime;
  /** First and last day; absent: all. */
  readonly from?: DayNumber | undefined;
  readonly to?: DayNumber | undefined;
}

const columns = ['date', 'symbol', 'action', 'value'] as const;
type Column = (typeof columns)[number];
const splitPartMax = 1_000_000;

/**
 * Dividends and splits of the user's own bars: `date,symbol,action,value`, in any order, for prices that are not
 * adjusted. The date is the ex-date, the first day that trades without it; a split says new shares for old ones (`7:1`,
 * or `7`), a dividend the money a share. Actions of other symbols and days are left out. Throws a UserError that names
 * the first bad line.
 */
export function readActionFile(options: ActionFile): readonly TimedAction[] {
  const { file, symbols, time, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = options;
  const actions: TimedAction[] = [];
  for (const line of linesOf(file)) {
    const { day, instrument, action } = actionIn(line, file);
    if (day < from || day > to || !symbols.includes(instrument)) continue;
    actions.push({
      time: brandOf.timestampUs(time.ofLocal(day * dayUs)),
      action: { instrument, venue: options.venue, action },
    });
  }
  return actions.sort((one, other) => one.time - other.time);
}

const dayUs = 86_400_000_000;

type Cells = Readonly<Record<Column, string>> & { readonly line: number };

function* linesOf(file: string): Generator<Cells, void> {
  let rest = read(file);
  const table = new CsvTable(file, (into) => {
    const copied = rest.copy(into);
    rest = rest.subarray(copied);
    return copied;
  });
  const names = table.header().map((name) => name.toLowerCase());
  const missing = columns.find((column) => !names.includes(column));
  if (missing !== undefined) {
    throw feedDataError({
      ...{ file, line: 1, expected: `the columns ${columns.join(', ')}`, found: names.join(', ') },
      remedy: `name one of them ${missing}`,
    });
  }
  const cellIn = ({ cells }: CsvLine, column: Column): string => cells[names.indexOf(column)] ?? '';
  while (table.fill()) {
    const line = table.slowLine();
    if (line === undefined || line.cells.length === 0) continue;
    yield {
      line: line.number,
      date: cellIn(line, 'date'),
      symbol: cellIn(line, 'symbol'),
      action: cellIn(line, 'action'),
      value: cellIn(line, 'value'),
    };
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const found = isAbsent ? 'nothing' : cause instanceof Error ? cause.message : String(cause);
    throw feedDataError({ file, expected: 'a file of dividends and splits', found });
  }
}

function actionIn(cells: Cells, file: string) {
  const refuse = (column: Column, expected: string): Error =>
    feedDataError({ file, line: cells.line, column, expected, found: JSON.stringify(cells[column]) });
  const day = parseDay(cells.date);
  if (day === undefined) throw refuse('date', 'a day such as 2014-06-09');
  if (cells.symbol === '') throw refuse('symbol', 'a symbol such as SPY');
  return { day, instrument: brandOf.instrumentId(cells.symbol), action: whatIn(cells, refuse) };
}

function whatIn(
  { action, value }: Cells,
  refuse: (column: Column, expected: string) => Error,
): CorporateAction['action'] {
  switch (action.toLowerCase()) {
    case 'split': {
      const [numerator, denominator] = /^(\d+)(?::(\d+))?$/.exec(value)?.slice(1).map(partOf) ?? [];
      if (numerator === undefined || denominator === undefined) {
        throw refuse('value', 'new shares for old ones, such as 7:1');
      }
      return { case: 'split', value: { numerator, denominator } };
    }
    case 'dividend': {
      const amountPerShare = amountOf(value);
      if (amountPerShare === undefined) throw refuse('value', 'the money a share, such as 0.47');
      return { case: 'dividend', value: { amountPerShare } };
    }
    default:
      throw refuse('action', 'split or dividend');
  }
}

/** Of the shares of a split; what was not written is one. */
function partOf(text: string | undefined): number | undefined {
  const part = Number(text ?? '1');
  return part >= 1 && part <= splitPartMax ? part : undefined;
}

function amountOf(text: string) {
  try {
    const amount = money(parseAmount(text));
    return amount > 0n ? amount : undefined;
  } catch (error) {
    if (error instanceof AmountSyntax || error instanceof AmountOverflow) return undefined;
    throw error;
  }
}
