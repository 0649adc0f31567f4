import type { Clock } from '../kernel/clock/clock.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';

/** Remembers over restarts up to which market time the feed was played. */
export interface Cursor {
  load(): TimestampUs | undefined;
  save(time: TimestampUs): void;
}

/** Between two saves at a bar's close, however many bars close: a fast replay closes thousands a second. */
const saveIntervalUs = 100_000;

/** Notes often, saves when told to, and only what is new. */
export interface CursorKeeper {
  note(time: TimestampUs): void;
  save(): void;
  /** Saves unless it did a moment ago. */
  saveAtLeisure(): void;
}

export function createCursorKeeper(cursor: Cursor, clock: Clock): CursorKeeper {
  let noted: TimestampUs | undefined;
  let savedUs = Number.NEGATIVE_INFINITY;
  return { note, save, saveAtLeisure };

  function note(time: TimestampUs): void {
    noted = time;
  }

  function save(): void {
    if (noted === undefined) return;
    cursor.save(noted);
    noted = undefined;
    savedUs = clock.monotonicUs();
  }

  function saveAtLeisure(): void {
    if (clock.monotonicUs() - savedUs >= saveIntervalUs) save();
  }
}
