import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseDuration } from '../../infra/config/units.ts';
import type { BarFiles } from '../../infra/feeds/bar-files.ts';
import { parseBarMapping } from '../../infra/feeds/bar-mapping.ts';
import { barSpacing } from '../../infra/feeds/bar-spacing.ts';
import type { BarSource } from '../../infra/feeds/open-bars.ts';
import { badOption, exitCodes, UserError } from '../../infra/process/user-error.ts';
import { intervalToken } from '../kernel/bus/interval-token.ts';
import type { DurationUs, InstrumentId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Given } from './verb.ts';

const formats = ['csv', 'lean', 'parquet'] as const;
const resolutions = ['minute', 'hour', 'daily'] as const;

/** What was named: one source, or one a resolution of a LEAN folder; what was taken for granted is told. Throws a UserError. */
export function barSourcesOf(given: Given, tell: (sentence: string) => void): readonly BarSource[] {
  const data = given.requiredOperand(0);
  const kind = formatOf(given, data);
  if (kind === 'lean') {
    const wanted = given.text('resolution');
    const chosen = resolutions.filter((each) =>
      wanted === undefined ? existsSync(join(data, 'equity', 'usa', each)) : each === wanted,
    );
    if (chosen.length > 0) return chosen.map((resolution) => ({ kind, data, resolution }));
    if (wanted !== undefined) throw badOption('resolution', 'minute, hour or daily', wanted);
    throw new UserError(
      exitCodes.corruptData,
      `${data}: expected LEAN's equity/usa/<resolution> in the folder, found none.`,
    );
  }
  const columns = given.text('columns');
  const files = {
    kind,
    data,
    mapping: columns === undefined ? {} : parseBarMapping(columns),
    timeZone: given.text('timezone') ?? 'UTC',
  };
  return [{ ...files, interval: intervalOf(given, files, tell) }];
}

export function wantedSymbols(given: Given): readonly InstrumentId[] | undefined {
  const names = given.text('symbols')?.split(',');
  return names?.map((name) => {
    if (name.trim() === '')
      throw badOption('symbols', 'symbols such as SPY,QQQ', given.text('symbols') ?? '');
    return brandOf.instrumentId(name.trim());
  });
}

function formatOf(given: Given, data: string): (typeof formats)[number] {
  const wanted = given.text('format');
  if (wanted !== undefined) {
    const format = formats.find((each) => each === wanted);
    if (format === undefined) throw badOption('format', 'csv, lean or parquet', wanted);
    return format;
  }
  const extension = extname(data).slice(1).toLowerCase();
  const byName = formats.find((each) => each === extension);
  if (byName !== undefined) return byName;
  const isFolder = statSync(data, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder && existsSync(join(data, 'equity'))) return 'lean';
  throw new UserError(
    exitCodes.usage,
    `${data} does not say what it is: name its --format, csv, lean or parquet.`,
  );
}

function intervalOf(
  given: Given,
  files: Omit<BarFiles, 'interval'>,
  tell: (sentence: string) => void,
): DurationUs {
  const text = given.text('interval');
  if (text === undefined) {
    const found = barSpacing(files);
    if (found === undefined) {
      throw new UserError(
        exitCodes.usage,
        `bars from ${files.kind} need their --interval, such as 1m or 1d: no row follows another.`,
      );
    }
    const token = intervalToken(found.interval);
    tell(
      `bars of ${token}: the median distance of the first ${found.rows} rows of ${found.file} (--interval says otherwise)`,
    );
    return found.interval;
  }
  const interval = parseDuration(text);
  if (interval === undefined || interval === 0)
    throw badOption('interval', 'a duration such as 1m or 1d', text);
  return interval;
}
