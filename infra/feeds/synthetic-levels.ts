import { type DayNumber, nextWeekday } from './new-york-session.ts';
import { createRandomSource } from './random-source.ts';
import type { DailyLevel } from './synthetic-session.ts';

const marketDeviationPerDay = 0.008;
const ownDeviationPerDay = 0.009;
/** Of a day's move, what happens before the open. */
const overnightShare = 0.25;
/** Draws a price back to where it began, so that years of days neither vanish nor explode. */
const pullPerDay = 0.01;

/**
 * The opens and closes of all days from the first one on, each day's from the close before it. A day costs two draws
 * a symbol, so that to seek over years costs milliseconds; only the days that are played get their seconds.
 */
export function createDailyLevels(options: {
  readonly seed: number;
  readonly firstDay: DayNumber;
  readonly symbols: readonly string[];
}): { of(day: DayNumber): readonly DailyLevel[] } {
  const { seed, symbols } = options;
  const startCents = symbols.map((symbol) => {
    return 4_000 + Math.floor(createRandomSource(seed, 'start', symbol).uniform() * 46_000);
  });
  const levels = new Map<DayNumber, readonly DailyLevel[]>();
  let closes: readonly number[] = startCents;
  let comingDay = options.firstDay;

  function append(day: DayNumber): void {
    const marketMove = createRandomSource(seed, 'market move', day).bell() * marketDeviationPerDay;
    const levelsOfDay = symbols.map((symbol, index) => {
      const start = startCents[index] ?? 0;
      const before = closes[index] ?? start;
      const ownMove = createRandomSource(seed, 'own move', day, symbol).bell() * ownDeviationPerDay;
      const move = marketMove + ownMove + (start / before - 1) * pullPerDay;
      return {
        openCents: Math.round(before * (1 + move * overnightShare)),
        closeCents: Math.round(before * (1 + move)),
      };
    });
    levels.set(day, levelsOfDay);
    closes = levelsOfDay.map(({ closeCents }) => closeCents);
  }

  return {
    of(day) {
      for (; comingDay <= day; comingDay = nextWeekday(comingDay)) append(comingDay);
      const known = levels.get(day);
      if (known === undefined) throw new Error(`day ${day} has no session`);
      return known;
    },
  };
}
