import type { ExecutionId } from '../../../services/kernel/codec/brand.ts';
import type { FillReport, VenueActivity } from '../../../services/kernel/venue/venue-gateway.ts';
import { fillReportOf, type VenueLogEntry } from './venue-store.ts';

/** The venue's log in memory. The oldest entries leave once `entriesKept` newer ones are there: who asks for them is told so. */
export class MemoryVenueLog {
  readonly #entriesKept: number;
  #entries: VenueLogEntry[] = [];
  /** Newest that has left with its entry. */
  #goneCursor: number | undefined;

  constructor(entriesKept: number) {
    this.#entriesKept = entriesKept;
  }

  add(entry: VenueLogEntry): void {
    this.#entries.push(entry);
  }

  takeBackNewest(): void {
    this.#entries.pop();
  }

  all(): readonly VenueLogEntry[] {
    if (this.#goneCursor !== undefined) throw this.#isGone();
    return this.#entries;
  }

  fillsSince(cursor: number): readonly FillReport[] {
    return this.#since(cursor).flatMap((entry) => fillReportOf(entry) ?? []);
  }

  /** All of them, or none and an error: with the trade itself gone, what was said of it later tells nothing. */
  reportsOfFill(executionId: ExecutionId): readonly FillReport[] {
    const reports = this.#entries
      .flatMap((entry) => fillReportOf(entry) ?? [])
      .filter((report) => changeOf(report).executionId === executionId);
    if (this.#goneCursor !== undefined && reports[0]?.kind !== 'filled') throw this.#isGone();
    return reports;
  }

  activitiesSince(cursor: number): readonly VenueActivity[] {
    return this.#since(cursor).flatMap(({ activity }) => activity ?? []);
  }

  /** By halves: to move each entry once and not with every commit. */
  forgetOldest(): void {
    if (this.#entries.length < 2 * this.#entriesKept) return;
    const leaving = this.#entries.slice(0, -this.#entriesKept);
    this.#entries = this.#entries.slice(-this.#entriesKept);
    for (const entry of leaving) this.#goneCursor = cursorOf(entry) ?? this.#goneCursor ?? 0;
  }

  /** Cursors ascend, and who asks has heard of nearly all: looked at from the newest back. */
  #since(cursor: number): readonly VenueLogEntry[] {
    if (this.#goneCursor !== undefined && cursor < this.#goneCursor) throw this.#isGone();
    const isKnown = (entry: VenueLogEntry): boolean => (cursorOf(entry) ?? cursor + 1) <= cursor;
    return this.#entries.slice(this.#entries.findLastIndex(isKnown) + 1);
  }

  #isGone(): Error {
    const kept = `its log keeps its newest ${this.#entriesKept} entries`;
    return new Error(`what the venue told up to its number ${this.#goneCursor} is gone: ${kept}`);
  }
}

/** Undefined for an entry that tells of no trade and no activity. */
function cursorOf({ fill, change, activity }: VenueLogEntry): number | undefined {
  return (fill ?? change ?? activity)?.cursor;
}

function changeOf(report: FillReport) {
  return report.kind === 'filled' ? report.fill : report;
}
