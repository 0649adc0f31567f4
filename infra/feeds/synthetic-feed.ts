import type { Bar } from '../../protos/gen/market.ts';
import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { equityInstrument, type FeedPlace } from './equity-instrument.ts';
import { type DayNumber, isWeekday, newYorkDay, nextWeekday, sessionOpen } from './new-york-session.ts';
import { barInterval, createSyntheticMarket } from './synthetic-market.ts';
import { sessionSeconds } from './synthetic-session.ts';

const secondUs = 1_000_000;
const barSeconds = barInterval / secondUs;
/** Sessions before the first one that history knows, for strategies to warm up on. */
const historySessions = 5;

export interface SyntheticFeedOptions extends FeedPlace {
  readonly seed: number;
  readonly symbols: readonly InstrumentId[];
  /** First session; a day of the weekend stands for the Monday after it. */
  readonly from: DayNumber;
  /** Last session; absent: it never ends. */
  readonly to?: DayNumber | undefined;
}

/**
 * A market made of a seed: weekdays 09:30 to 16:00 New York, a quote a symbol a second, one-minute bars. The same
 * seed, symbols and first day give the same bytes, however often the feed is sought or begun anew.
 */
export function createSyntheticFeed(options: SyntheticFeedOptions): ReplayFeed {
  const { symbols, to } = options;
  const firstDay = isWeekday(options.from) ? options.from : nextWeekday(options.from);
  const historyDay = weekdaysBefore(firstDay, historySessions);
  const market = createSyntheticMarket({ ...options, firstDay: historyDay });
  let day = firstDay;
  let second = 0;

  function next(): Instant | undefined {
    if (second > sessionSeconds) {
      day = nextWeekday(day);
      second = 0;
    }
    if (to !== undefined && day > to) return undefined;
    const time = brandOf.timestampUs(sessionOpen(day) + second * secondUs);
    const isClose = second === sessionSeconds;
    const bars = closedBars().map((bar): Datum => ({ kind: 'bar', time, bar }));
    const quotes = isClose ? [] : market.quotes({ day, second });
    second += 1;
    return {
      time,
      data: [...bars, ...quotes.map((quote): Datum => ({ kind: 'quote', time, quote }))],
      market: isClose ? 'closed' : 'open',
    };
  }

  function closedBars(): readonly Bar[] {
    if (second === 0 || second % barSeconds !== 0) return [];
    const minute = second / barSeconds - 1;
    return symbols.map((_, index) => market.bar({ day, minute, index }));
  }

  return {
    kind: 'replay',
    instruments: symbols.map((symbol) => equityInstrument(symbol, options)),
    barInterval,
    seek(after) {
      day = Math.max(firstDay, newYorkDay(after));
      if (!isWeekday(day)) day = nextWeekday(day);
      second = Math.max(0, Math.floor((after - sessionOpen(day)) / secondUs) + 1);
    },
    next,
    history({ instrument, interval, until, count }) {
      const index = symbols.indexOf(instrument);
      if (index < 0 || interval !== barInterval) return [];
      const newestFirst: Bar[] = [];
      const lastDay = Math.min(to ?? Number.POSITIVE_INFINITY, newYorkDay(until));
      for (let past = lastDay; past >= historyDay && newestFirst.length < count; past -= 1) {
        if (!isWeekday(past)) continue;
        const closed = Math.floor((until - sessionOpen(past)) / barInterval);
        let minute = Math.min(closed, sessionSeconds / barSeconds) - 1;
        for (; minute >= 0 && newestFirst.length < count; minute -= 1) {
          newestFirst.push(market.bar({ day: past, minute, index }));
        }
      }
      return newestFirst.reverse();
    },
    close: market.clear,
  };
}

function weekdaysBefore(day: DayNumber, count: number): DayNumber {
  let found = day;
  for (let left = count; left > 0; ) {
    found -= 1;
    if (isWeekday(found)) left -= 1;
  }
  return found;
}
