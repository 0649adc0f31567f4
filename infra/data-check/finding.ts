import type { InstrumentId } from '../../services/kernel/codec/brand.ts';

export const findingKinds = [
  'unreadable',
  'gap',
  'spike',
  'wick',
  'jump',
  'factor',
  'outsideSession',
  'noVolume',
  'stubQuote',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** `wrong`: results would be; `doubtful`: look at it; `note`: known, and dealt with when played. */
export type Severity = 'wrong' | 'doubtful' | 'note';

/** What a check found in one series, all places of a kind together. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** Absent when a whole file is meant. */
  readonly instrument?: InstrumentId;
  readonly count: number;
  /** One sentence, with the worst or first places. */
  readonly detail: string;
}

const placesToldMax = 3;

/** `2013-10-07, 2013-10-08 and 5 more`. */
export function placesText(places: readonly string[], count = places.length): string {
  const told = places.slice(0, placesToldMax);
  return count > told.length ? `${told.join(', ')} and ${count - told.length} more` : told.join(', ');
}

/** `2013-10-07 13:31Z` */
export function timeText(time: number): string {
  return new Date(time / 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, 'Z');
}
