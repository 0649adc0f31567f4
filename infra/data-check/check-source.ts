import type { InstrumentId, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { BarOrigin } from '../bar-cache/bar-origin.ts';
import { CachedBars, type CacheOptions } from '../bar-cache/cached-bars.ts';
import { barDayOf } from '../feeds/bar-day.ts';
import { readCorporateActions } from '../feeds/lean-factors.ts';
import { factorFileOf } from '../feeds/lean-feed.ts';
import { type BarSource, barOriginsOf } from '../feeds/open-bars.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { checkBars } from './check-bars.ts';
import type { KnownSplit } from './checked-series.ts';
import type { Finding } from './finding.ts';
import { checkQuotes } from './stub-quotes.ts';

/** One file, or one symbol's files, and what is wrong with them. */
export interface CheckedPart {
  readonly files: readonly string[];
  /** None when the files could not be read. */
  readonly series: readonly BarColumns[];
  readonly findings: readonly Finding[];
}

/** Checks one part after another, each told as soon as it is known. A part that cannot be read is a finding. */
export function* checkSource(
  source: BarSource,
  {
    symbols,
    cache,
  }: { readonly symbols?: readonly InstrumentId[] | undefined; readonly cache: CacheOptions },
): Generator<CheckedPart, void> {
  for (const origin of barOriginsOf(source, symbols)) yield checkOrigin(source, { origin, cache });
}

function checkOrigin(
  source: BarSource,
  { origin, cache }: { readonly origin: BarOrigin; readonly cache: CacheOptions },
): CheckedPart {
  const { files } = origin;
  let bars: CachedBars;
  try {
    bars = new CachedBars(origin, cache);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== exitCodes.corruptData) throw error;
    const finding = { kind: 'unreadable', severity: 'wrong', count: 1, detail: error.message } as const;
    return { files, series: [], findings: [finding] };
  }
  try {
    const findings = bars.series.flatMap((columns) => [
      ...(columns.length === 0
        ? [noBars(files, columns)]
        : checkBars({
            columns,
            dayOf: barDayOf(source),
            splits: splitsOf(source, columns),
            isNewYork: source.kind === 'lean',
          })),
      ...(source.kind === 'lean' && source.resolution === 'minute'
        ? checkQuotes(source.data, columns.instrument)
        : []),
    ]);
    return { files, series: bars.series, findings };
  } finally {
    bars.close();
  }
}

function noBars(files: readonly string[], { instrument }: BarColumns): Finding {
  const detail = `${files.join(', ')}: expected at least one bar, found none`;
  return { kind: 'unreadable', severity: 'wrong', instrument, count: 1, detail };
}

/** Corporate actions name a venue; nobody reads it here. */
const anyVenue: VenueId = brandOf.venueId('checked');

function splitsOf(source: BarSource, { instrument }: BarColumns): readonly KnownSplit[] {
  if (source.kind !== 'lean') return [];
  const file = factorFileOf(source.data, instrument);
  return readCorporateActions({ file, instrument, venue: anyVenue }).flatMap(
    ({ exDay, action: { action } }) =>
      action?.case === 'split'
        ? [{ day: exDay, ratio: action.value.numerator / action.value.denominator }]
        : [],
  );
}
