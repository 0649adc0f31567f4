import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DurationUs, InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSink } from '../bar-cache/bar-file-writer.ts';
import type { BarOrigin } from '../bar-cache/bar-origin.ts';
import { makeBarFile } from '../bar-cache/make-bar-file.ts';
import { feedDataError } from './feed-data-error.ts';
import { minuteUs, readDatedRows, readMinuteRows } from './lean-files.ts';
import {
  compactDay,
  type DayNumber,
  newYorkTime,
  parseDay,
  sessionClose,
  sessionOpen,
} from './new-york-session.ts';
import { nyseClose } from './nyse-calendar.ts';

export type LeanResolution = 'minute' | 'hour' | 'daily';

/** Bars of QuantConnect LEAN's data folder. */
export interface LeanBars {
  readonly kind: 'lean';
  /** Folder that holds `equity/usa/...`. */
  readonly data: string;
  readonly resolution: LeanResolution;
}

const hourMs = 3_600_000;
const hourUs = brandOf.durationUs(hourMs * 1000);
const fullDay = brandOf.durationUs(24 * hourUs);

export const leanIntervals: Readonly<Record<LeanResolution, DurationUs>> = {
  minute: minuteUs,
  hour: hourUs,
  daily: fullDay,
};

export function leanEquityFolder(data: string): string {
  return join(data, 'equity', 'usa');
}

/** One origin a symbol: its file, or its files of trades by minute, regular sessions only. Prices are raw. */
export function leanOriginsOf(
  bars: LeanBars,
  symbols: readonly InstrumentId[] | undefined,
): readonly BarOrigin[] {
  const wanted = symbols ?? leanSymbols(bars);
  if (wanted.length > 0) return wanted.map((symbol) => originOf(bars, symbol));
  const expected = `${bars.resolution} bars of at least one symbol`;
  throw feedDataError({ file: folderOf(bars), expected, ...whatIsThere(bars) });
}

/** For a person who named what is not there. */
function whatIsThere(bars: LeanBars): { readonly found: string; readonly remedy: string } {
  const equities = leanEquityFolder(bars.data);
  if (!existsSync(equities)) {
    return { found: `no folder ${equities}`, remedy: 'name the folder that holds equity/usa with --data' };
  }
  const symbols = leanSymbols(bars);
  const there = readdirSync(equities).filter((name) => Object.hasOwn(leanIntervals, name));
  return symbols.length === 0
    ? {
        found: 'none',
        remedy: `there is ${there.join(', ') || 'no resolution at all'}: name it with --resolution`,
      }
    : {
        found: `those of ${symbols.join(', ')}`,
        remedy: 'name one of them with --symbols, or another --resolution',
      };
}

function originOf(bars: LeanBars, symbol: InstrumentId): BarOrigin {
  const { kind, resolution } = bars;
  const interval = leanIntervals[resolution];
  const days = resolution === 'minute' ? tradeFiles(bars, symbol) : [];
  const file = join(folderOf(bars), `${symbol.toLowerCase()}.zip`);
  const files = resolution === 'minute' ? days.map((each) => each.file) : [file];
  if (!files.every((each) => existsSync(each)) || files.length === 0) {
    throw feedDataError({ file, expected: `${resolution} bars of ${symbol}`, ...whatIsThere(bars) });
  }
  // Bars that were kept before sessions ended early have others of the same files beside them.
  const sessions = resolution === 'minute' ? { sessions: 'early closes' } : {};
  const origin = { description: { kind, resolution, interval, symbols: [symbol], ...sessions }, files };
  return {
    ...origin,
    make(place, onProgress) {
      const making = { origin, place, spacing: { interval, hasShortDays: true } };
      makeBarFile(making, (sink: BarSink) => {
        const series = sink.series(symbol);
        if (resolution !== 'minute') {
          readDatedRows(file, series, resolution === 'hour' ? hourOpen : dayOpen);
        }
        for (const [index, { file: dayFile, day }] of days.entries()) {
          const [from, to] = [sessionOpen(day), nyseClose(day)];
          readMinuteRows({ file: dayFile, day }, series, (close) => close > from && close <= to);
          onProgress?.({ rows: 0, share: (index + 1) / days.length });
        }
      });
    },
  };
}

/** The hour of the open is named 09:00; the files hold no other hours than the session's. */
function hourOpen(at: { readonly day: DayNumber; readonly hour: number }): TimestampUs {
  return newYorkTime(at.day, at.hour * hourMs);
}

/** A daily bar closes at 16:00, early closes included, so that nobody sees it earlier; it opens 24 hours before. */
function dayOpen({ day }: { readonly day: DayNumber }): TimestampUs {
  return brandOf.timestampUs(sessionClose(day) - fullDay);
}

function folderOf({ data, resolution }: LeanBars): string {
  return join(leanEquityFolder(data), resolution);
}

function leanSymbols(bars: LeanBars): readonly InstrumentId[] {
  const folder = folderOf(bars);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.sort().map((name) => brandOf.instrumentId(name.replace(/\.zip$/, '').toUpperCase()));
}

function tradeFiles(
  bars: LeanBars,
  symbol: InstrumentId,
): readonly { readonly file: string; readonly day: DayNumber }[] {
  const folder = join(folderOf(bars), symbol.toLowerCase());
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .flatMap((name) => {
      const day = parseDay(/^(\d{8})_trade\.zip$/.exec(name)?.[1] ?? '');
      return day === undefined ? [] : [day];
    })
    .sort((one, other) => one - other)
    .map((day) => ({ day, file: join(folder, `${compactDay(day)}_trade.zip`) }));
}
