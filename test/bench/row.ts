import { median, spreadOf } from './statistics.ts';

export type Unit = 'us' | 'ms' | 'ns' | '/s' | 'bytes' | '×';

/** What the design asks for, of the figure itself or of its ratio to the floor. */
export interface Target {
  readonly of: 'figure' | 'ratio';
  readonly bound: 'atMost' | 'atLeast';
  readonly value: number;
}

/** One number of a row, and beside it the floor: what this machine, transport or disk gives to bare code in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly measured: number;
  readonly floor?: number | undefined;
  readonly ratio?: number | undefined;
  readonly target?: Target | undefined;
  readonly met?: boolean | undefined;
  readonly samples: number;
  /** The figure of each block, and how far they lie apart. */
  readonly blocks: readonly number[];
  readonly floorBlocks: readonly number[];
  readonly spread: number;
}

export interface Row {
  readonly name: string;
  /** From where to where. */
  readonly measure: string;
  /** What the floor is. */
  readonly floor: string;
  readonly figures: readonly Figure[];
  /** What a reader has to know to judge the numbers. */
  readonly notes: readonly string[];
}

/** A figure is the median of its blocks. A figure and its floor are measured in alternating blocks of one run. */
export function figure(given: {
  readonly name: string;
  readonly unit: Unit;
  readonly blocks: readonly number[];
  readonly floorBlocks?: readonly number[];
  readonly samples: number;
  readonly target?: Target;
}): Figure {
  const { floorBlocks = [], target } = given;
  const measured = median(given.blocks);
  const floor = floorBlocks.length === 0 ? undefined : median(floorBlocks);
  const ratio = floor === undefined ? undefined : measured / floor;
  return {
    ...given,
    floorBlocks,
    measured,
    floor,
    ratio,
    met: target === undefined ? undefined : isMet(target, target.of === 'ratio' ? ratio : measured),
    spread: spreadOf(given.blocks),
  };
}

function isMet({ bound, value }: Target, found: number | undefined): boolean {
  if (found === undefined) return false;
  return bound === 'atMost' ? found <= value : found >= value;
}
