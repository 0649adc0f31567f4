import { z } from 'zod';
import { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, PastCorporateAction } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money } from '../../services/kernel/money/amount.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import {
  feedAnswersIn,
  publicationsIn,
  recordedHeader,
  recordedMarketFiles,
} from '../recording/recorded-market.ts';
import { barsUntil } from './bar-replay.ts';
import { feedDataError } from './feed-data-error.ts';
import type { DayNumber } from './new-york-session.ts';
import { recordedInstants } from './recorded-instants.ts';

export interface RecordedFeedOptions {
  /** A recording of market-data, or the folder with those of all its starts. */
  readonly data: string;
  readonly symbols: readonly InstrumentId[];
  readonly venue: VenueId;
  /** First and last day by UTC; absent: all there is. */
  readonly from?: DayNumber | undefined;
  readonly to?: DayNumber | undefined;
}

/**
 * What a system's market-data told while it was recorded (`up --record`): the same data at the same market times, and
 * the history that was asked for then.
 */
export function createRecordedFeed(options: RecordedFeedOptions): ReplayFeed {
  const { data, symbols, venue } = options;
  const files = recordedMarketFiles(data);
  for (const file of files) checkVenue(file, venue);
  const instruments = instrumentsIn(files, symbols);
  const absent = symbols.find((symbol) => !instruments.some(({ instrument }) => instrument === symbol));
  if (absent !== undefined) throw feedDataError({ file: data, expected: `data of ${absent}`, found: 'none' });
  const { barInterval, history, earlierActions } = feedIn(files);
  const from = options.from === undefined ? Number.NEGATIVE_INFINITY : options.from * dayUs;
  const to = options.to === undefined ? Number.POSITIVE_INFINITY : (options.to + 1) * dayUs;
  const wanted = { files, symbols: new Set(symbols), barInterval, from, to };
  let instants = recordedInstants(wanted);
  const played: Bar[] = [];
  const playedActions: PastCorporateAction[] = [];

  return {
    kind: 'replay',
    instruments,
    barInterval,
    seek(after) {
      instants = recordedInstants({ ...wanted, from: Math.max(from, after + 1) });
    },
    next() {
      const { value } = instants.next();
      if (value === undefined) return undefined;
      for (const datum of value.data) {
        if (datum.kind === 'bar') played.push(datum.bar);
        if (datum.kind === 'corporateAction') playedActions.push({ action: datum.action, time: datum.time });
      }
      return value;
    },
    history({ instrument, interval, until, count }) {
      const bars = new Map<number, Bar>();
      for (const bar of [...history, ...played]) {
        if (bar.instrument === instrument && bar.interval === interval) bars.set(bar.openTime, bar);
      }
      const inOrder = [...bars.values()].sort((one, other) => one.openTime - other.openTime);
      return barsUntil(inOrder, { until, count });
    },
    actions({ instrument, after, until }) {
      const known = new Map(
        [...earlierActions, ...playedActions]
          .filter(({ action, time }) => action.instrument === instrument && time > after && time <= until)
          .map((past) => [`${past.time} ${past.action.action.case}`, past]),
      );
      return [...known.values()].sort((one, other) => one.time - other.time);
    },
    close() {
      // A file is open while it is read, and no longer.
    },
  };
}

const dayUs = 86_400_000_000;

function checkVenue(file: string, venue: VenueId): void {
  const { profile } = recordedHeader(file).loaded;
  if (profile.venue === venue) return;
  throw new UserError(
    exitCodes.usage,
    `${file} was recorded of venue ${profile.venue}, and this profile trades at ${venue}: name a profile of ${profile.venue}.`,
  );
}

/** As they were defined last, in the order of `symbols`. */
function instrumentsIn(files: readonly string[], symbols: readonly InstrumentId[]): readonly Instrument[] {
  const known = new Map<InstrumentId, Instrument>();
  for (const file of files) {
    for (const { type, payload } of publicationsIn(file)) {
      if (type !== Instrument.name) continue;
      const instrument = Instrument.decode(payload);
      known.set(instrument.instrument, instrument);
    }
  }
  return symbols.flatMap((symbol) => known.get(symbol) ?? []);
}

const opened = z.looseObject({ values: z.looseObject({ barInterval: z.int().positive().optional() }) });
const answeredBars = z.array(
  z.object({
    instrument: z.string().transform(brandOf.instrumentId),
    venue: z.string().transform(brandOf.venueId),
    interval: z.int().transform(brandOf.durationUs),
    openTime: z.int().transform(brandOf.timestampUs),
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: z.number(),
  }),
);

const answeredActions = z.array(
  z.object({
    time: z.int().transform(brandOf.timestampUs),
    action: z.object({
      instrument: z.string().transform(brandOf.instrumentId),
      venue: z.string().transform(brandOf.venueId),
      action: z.discriminatedUnion('case', [
        z.object({
          case: z.literal('split'),
          value: z.object({ numerator: z.int().positive(), denominator: z.int().positive() }),
        }),
        z.object({
          case: z.literal('dividend'),
          value: z.object({ amountPerShare: z.bigint().transform(money) }),
        }),
      ]),
    }),
  }),
);

/** Which bars the feed gave by itself, and what it answered about the time before. */
function feedIn(files: readonly string[]): {
  readonly barInterval: DurationUs | undefined;
  readonly history: readonly Bar[];
  readonly earlierActions: readonly PastCorporateAction[];
} {
  let barInterval: DurationUs | undefined;
  const history: Bar[] = [];
  const earlierActions: PastCorporateAction[] = [];
  for (const file of files) {
    for (const { of, value } of feedAnswersIn(file)) {
      if (of === 'history') history.push(...answeredBars.parse(value));
      else if (of === 'actions') earlierActions.push(...answeredActions.parse(value));
      else {
        const given = opened.parse(value).values.barInterval;
        barInterval = given === undefined ? undefined : brandOf.durationUs(given);
      }
    }
  }
  return { barInterval, history, earlierActions };
}
