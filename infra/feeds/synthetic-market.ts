import type { Bar, Quote } from '../../protos/gen/market.ts';
import type { InstrumentId, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type DayNumber, sessionOpen } from './new-york-session.ts';
import { createDailyLevels } from './synthetic-levels.ts';
import { at, createSession, type SymbolPath } from './synthetic-session.ts';

const barSeconds = 60;
export const barInterval = brandOf.durationUs(barSeconds * 1_000_000);

/** Sessions kept ready: the one that is played and those that history asks for. */
const sessionsCachedMax = 7;

export interface SyntheticMarket {
  quotes(at: { readonly day: DayNumber; readonly second: number }): readonly Quote[];
  /** Of the minute `minute` of the session, from 0, by the symbol's place in the list. */
  bar(of: { readonly day: DayNumber; readonly minute: number; readonly index: number }): Bar;
  clear(): void;
}

/** Every session of the synthetic market, made when it is asked for. */
export function createSyntheticMarket(options: {
  readonly seed: number;
  readonly symbols: readonly InstrumentId[];
  readonly venue: VenueId;
  /** The first day that has a session. */
  readonly firstDay: DayNumber;
}): SyntheticMarket {
  const { seed, symbols, venue } = options;
  const levels = createDailyLevels(options);
  const sessions = new Map<DayNumber, readonly SymbolPath[]>();

  function sessionOf(day: DayNumber): readonly SymbolPath[] {
    const known = sessions.get(day);
    if (known !== undefined) return known;
    const session = createSession({ seed, day, symbols, levels: levels.of(day) });
    const [oldest] = sessions.keys();
    if (sessions.size >= sessionsCachedMax && oldest !== undefined) sessions.delete(oldest);
    sessions.set(day, session);
    return session;
  }

  return {
    quotes({ day, second }) {
      const session = sessionOf(day);
      return symbols.map((instrument, index) => {
        const path = pathAt(session, index);
        return {
          instrument,
          venue,
          bidPrice: at(path.bidCents, second) / 100,
          bidSize: at(path.bidSize, second),
          askPrice: at(path.askCents, second) / 100,
          askSize: at(path.askSize, second),
        };
      });
    },
    bar({ day, minute, index }) {
      const instrument = symbols[index];
      if (instrument === undefined) throw new RangeError(`no symbol ${index}`);
      const path = pathAt(sessionOf(day), index);
      const from = minute * barSeconds;
      const trades = path.tradeCents.subarray(from, from + barSeconds);
      return {
        instrument,
        venue,
        interval: barInterval,
        openTime: brandOf.timestampUs(sessionOpen(day) + minute * barInterval),
        open: at(trades, 0) / 100,
        high: Math.max(...trades) / 100,
        low: Math.min(...trades) / 100,
        close: at(trades, barSeconds - 1) / 100,
        volume: path.volume.subarray(from, from + barSeconds).reduce((sum, volume) => sum + volume, 0),
      };
    },
    clear: () => sessions.clear(),
  };
}

function pathAt(session: readonly SymbolPath[], index: number): SymbolPath {
  const path = session[index];
  if (path === undefined) throw new RangeError(`no symbol ${index}`);
  return path;
}
