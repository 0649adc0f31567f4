import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { barsUntil, instantsOfBars } from './bar-replay.ts';
import { createChunkedReplay } from './chunked-replay.ts';
import { readCsvBars } from './csv-bars.ts';
import { equityInstrument, type FeedPlace, roundTheClock } from './equity-instrument.ts';
import { feedDataError } from './feed-data-error.ts';

export interface CsvFeedOptions extends FeedPlace {
  /** One file, or a folder with `<symbol>.csv`. */
  readonly data: string;
  readonly symbols: readonly InstrumentId[];
  readonly interval: DurationUs;
}

/**
 * Bars of the user's own files, as they are, and nothing else: a quote made of a close would be an invention, so the
 * paper venue matches against the bars (`paperVenue.matching: bars`). Nothing is known of sessions: the market is
 * open round the clock.
 */
export function createCsvFeed(options: CsvFeedOptions): ReplayFeed {
  const bars = readAll(options);
  const instants = instantsOfBars(bars, () => 'open');
  const replay = createChunkedReplay(
    instants.slice(-1).map(({ time }) => ({ lastTime: time, load: () => instants })),
  );
  return {
    kind: 'replay',
    instruments: options.symbols.map((symbol) => roundTheClock(equityInstrument(symbol, options))),
    barInterval: options.interval,
    seek: replay.seek,
    next: replay.next,
    history({ instrument, interval, until, count }) {
      if (interval !== options.interval) return [];
      return barsUntil(bars.get(instrument) ?? [], { until, count });
    },
    close() {
      bars.clear();
    },
  };
}

function readAll({ data, symbols, venue, interval }: CsvFeedOptions): Map<InstrumentId, readonly Bar[]> {
  const information = statSync(data, { throwIfNoEntry: false });
  if (information === undefined) {
    throw feedDataError({ file: data, expected: 'a file, or a folder with <symbol>.csv', found: 'nothing' });
  }
  const bars = new Map<InstrumentId, readonly Bar[]>();
  if (information.isDirectory()) {
    for (const symbol of symbols) {
      const source = {
        file: join(data, `${symbol}.csv`),
        venue,
        interval,
        symbols: [symbol],
        onlySymbol: symbol,
      };
      for (const [, ofSymbol] of readCsvBars(source)) bars.set(symbol, ofSymbol);
    }
  } else {
    const [onlySymbol, ...others] = symbols;
    const source = {
      file: data,
      venue,
      interval,
      symbols,
      onlySymbol: others.length === 0 ? onlySymbol : undefined,
    };
    for (const [symbol, ofSymbol] of readCsvBars(source)) bars.set(symbol, ofSymbol);
  }
  const without = symbols.find((symbol) => (bars.get(symbol) ?? []).length === 0);
  if (without !== undefined) {
    throw feedDataError({ file: data, expected: `at least one bar of ${without}`, found: 'none' });
  }
  return bars;
}
