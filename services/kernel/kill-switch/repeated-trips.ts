import type { SwitchName } from '../codec/brand.ts';

/** Trips of one switch that ask for nothing new and are recorded within a window; the rest are counted. */
export const repeatedTripsMax = 5;
export const repeatWindowUs = 1_000_000;

interface Window {
  readonly sinceUs: number;
  recorded: number;
  leftOut: number;
}

/** Anybody may trip, so a flood of trips must not fill the disk: what only repeats one in force is thinned out. */
export class RepeatedTrips {
  readonly #windows = new Map<SwitchName, Window>();

  /** How many were left out since the last recorded one; undefined: this one is left out too. */
  admit(name: SwitchName, nowUs: number): number | undefined {
    const known = this.#windows.get(name);
    const isOver = known === undefined || nowUs - known.sinceUs >= repeatWindowUs;
    const window = isOver ? { sinceUs: nowUs, recorded: 0, leftOut: known?.leftOut ?? 0 } : known;
    this.#windows.set(name, window);
    if (window.recorded === repeatedTripsMax) {
      window.leftOut += 1;
      return undefined;
    }
    window.recorded += 1;
    const { leftOut } = window;
    window.leftOut = 0;
    return leftOut;
  }
}

/** For the alert of the next one; empty when there were none. */
export function leftOutText(count: number): string {
  return count === 0 ? '' : `${count} more like it were not recorded`;
}
