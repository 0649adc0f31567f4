// Aim: columns played are the bars of all series merged by close time, wherever they are sought to and however they are cut.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createColumnFeed } from '../../infra/feeds/column-feed.ts';
import { equityInstrument } from '../../infra/feeds/equity-instrument.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { columnsOf, seriesOf } from '../unit/bar-samples.ts';

const interval = 60_000_000;
const start = 1_700_000_000_000_000;
const venue = brandOf.venueId('paper');
const currency = brandOf.currency('USD');

/** Minutes at which each symbol has a bar. */
const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 });
const market = fc.record({
  minutesBySymbol: fc.array(minutes, { minLength: 1, maxLength: 4 }),
  rowsPerBlock: fc.integer({ min: 1, max: 9 }),
  range: fc.tuple(fc.integer({ min: -2, max: 62 }), fc.integer({ min: -2, max: 62 })),
  actionMinutes: fc.array(fc.integer({ min: -2, max: 62 }), { maxLength: 4 }),
});
type Market = typeof market extends fc.Arbitrary<infer Value> ? Value : never;

const at = (minute: number): number => start + minute * interval;
const closeOf = (minute: number): number => at(minute + 1);
const symbolAt = (place: number): string => `S${place}`;

function played({ minutesBySymbol, rowsPerBlock, range, actionMinutes }: Market): ReplayFeed {
  const columns = minutesBySymbol.map((list, place) => {
    const bars = [...list]
      .sort((one, other) => one - other)
      .map((minute) => ({ openTime: at(minute), close: 100 + minute, volume: place }));
    return columnsOf(seriesOf(symbolAt(place), { interval, bars }), rowsPerBlock);
  });
  const [from, to] = [...range].sort((one, other) => one - other);
  return createColumnFeed({
    instruments: columns.map(({ instrument }) => equityInstrument(instrument, { venue, currency })),
    columns,
    venue,
    interval: brandOf.durationUs(interval),
    played: { from: at(from ?? 0), to: at(to ?? 0) },
    actions: [...actionMinutes]
      .sort((one, other) => one - other)
      .map((minute) => ({
        time: brandOf.timestampUs(at(minute)),
        action: {
          instrument: brandOf.instrumentId('S0'),
          venue,
          action: { case: 'split', value: { numerator: minute + 3, denominator: 1 } },
        },
      })),
    marketAt: (time) => (time % 2 === 0 ? 'open' : 'closed'),
    onClose: () => undefined,
  });
}

/** The same, by going over all minutes: bars as `S1@7`, actions as `split 5`. */
function expected({ minutesBySymbol, range, actionMinutes }: Market): { time: number; data: string[] }[] {
  const [from = 0, to = 0] = [...range].sort((one, other) => one - other);
  const actions = [...actionMinutes].sort((one, other) => one - other);
  const instants: { time: number; data: string[] }[] = [];
  for (let minute = from; minute < to; minute += 1) {
    const bars = minutesBySymbol.flatMap((list, place) =>
      list.includes(minute) ? [`S${place}@${minute}`] : [],
    );
    if (bars.length === 0) continue;
    // A bar that closes at that moment still traded without it.
    const due = actions.filter((each) => at(each) < closeOf(minute));
    actions.splice(0, due.length);
    instants.push({ time: closeOf(minute), data: [...due.map((each) => `split ${each + 3}`), ...bars] });
  }
  return instants;
}

function words(instants: readonly Instant[]): { time: number; data: string[] }[] {
  return instants.map(({ time, data }) => ({
    time,
    data: data.map((datum) => {
      expect(datum.time).toBe(time);
      if (datum.kind === 'bar') {
        expect(datum.bar.close).toBe(100 + (datum.bar.openTime - start) / interval);
        return `${datum.bar.instrument}@${(datum.bar.openTime - start) / interval}`;
      }
      if (datum.kind !== 'corporateAction' || datum.action.action?.case !== 'split')
        throw new Error(datum.kind);
      return `split ${datum.action.action.value.numerator}`;
    }),
  }));
}

function rest(feed: ReplayFeed): Instant[] {
  const instants: Instant[] = [];
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) instants.push(instant);
  return instants;
}

describe('columns that are played', () => {
  it('give the bars of their range merged by close time, actions before the first bar that knows of them', () => {
    fc.assert(
      fc.property(market, (given) => {
        expect(words(rest(played(given)))).toEqual(expected(given));
      }),
      { numRuns: 300 },
    );
  });

  it('go on as if all before had been played, wherever they are sought to, back and forth', () => {
    // At a bar's close as often as between two.
    const offset = fc.oneof(
      fc.integer({ min: -3, max: 64 }).map((minute) => minute * interval),
      fc.integer({ min: -3 * interval, max: 64 * interval }),
    );
    const where = fc.array(offset, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(market, where, (given, offsets) => {
        const feed = played(given);
        const all = words(rest(played(given)));
        for (const offset of offsets) {
          const after = start + offset;
          feed.seek(brandOf.timestampUs(after));
          expect(words(rest(feed))).toEqual(all.filter(({ time }) => time > after));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('remember the newest bars that had closed, those before the range too', () => {
    const query = fc.tuple(fc.nat(3), fc.integer({ min: -interval, max: 64 * interval }), fc.nat(70));
    fc.assert(
      fc.property(market, query, (given, [place, offset, count]) => {
        const until = start + offset;
        const instrument = brandOf.instrumentId(symbolAt(place));
        const wanted = (given.minutesBySymbol[place] ?? [])
          .filter((minute) => closeOf(minute) <= until)
          .sort((one, other) => one - other);
        const found = played(given).history({
          instrument,
          interval: brandOf.durationUs(interval),
          until: brandOf.timestampUs(until),
          count,
        });
        expect(found.map(({ openTime }) => openTime)).toEqual(
          wanted.slice(count === 0 ? wanted.length : -count).map(at),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('have no bars of another interval', () => {
    const feed = played({ minutesBySymbol: [[1]], rowsPerBlock: 1, range: [0, 5], actionMinutes: [] });
    const query = { instrument: brandOf.instrumentId('S0'), until: brandOf.timestampUs(at(9)), count: 5 };
    expect(feed.history({ ...query, interval: brandOf.durationUs(interval) })).toHaveLength(1);
    expect(feed.history({ ...query, interval: brandOf.durationUs(2 * interval) })).toEqual([]);
  });
});
