import { performance } from 'node:perf_hooks';

/**
 * Work of a process by what goes first. `effects`: what a commit lets happen, orders that leave among it. `venue`: what
 * a venue of this process commits and answers. `messages`: what others say; it only makes more work, so it comes last.
 */
const laneNames = ['effects', 'venue', 'messages'] as const;
export type LaneName = (typeof laneNames)[number];

/**
 * So long a lane keeps the process from looking at its sockets; one item may take longer. An order that leaves must
 * know what has come by then. A message need not, and each look at the sockets costs as much as some of them.
 */
const sliceMsOf: Readonly<Record<LaneName, number>> = { effects: 1, venue: 1, messages: 5 };
/** Items already handled that stay in the array until they are cut off together. */
const handledKeptMax = 1_024;

/** Lanes in which something waits. */
const busy: Readonly<Record<LaneName, Set<Lane>>> = {
  effects: new Set(),
  venue: new Set(),
  messages: new Set(),
};
let isScheduled = false;

/**
 * Callbacks in their order, run at the end of a turn of the event loop, when all sockets have been looked at: however
 * much waits, a trip is heard between two slices. While a lane that goes first has work, those behind it wait.
 */
export class Lane {
  readonly #name: LaneName;
  #items: (() => void)[] = [];
  #handled = 0;

  constructor(name: LaneName) {
    this.#name = name;
  }

  get waiting(): number {
    return this.#items.length - this.#handled;
  }

  add(item: () => void): void {
    this.#items.push(item);
    busy[this.#name].add(this);
    schedule();
  }

  /** Runs the one that has waited longest, in the middle of whatever goes on. */
  runNext(): void {
    const item = this.#items[this.#handled];
    if (item === undefined) return;
    this.#handled += 1;
    if (this.#handled >= handledKeptMax) {
      this.#items = this.#items.slice(this.#handled);
      this.#handled = 0;
    }
    if (this.waiting === 0) busy[this.#name].delete(this);
    item();
  }
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  isScheduled = false;
  runSlice(0);
}

/** Of the lane at this place, and where nothing is left in it, of those behind it. */
function runSlice(place: number): void {
  const name = laneNames[place];
  if (name === undefined) return;
  const [lane] = busy[name];
  if (lane === undefined) runSlice(place + 1);
  else runItem(lane, { name, place, endMs: performance.now() + sliceMsOf[name] });
}

function runItem(
  lane: Lane,
  slice: { readonly name: LaneName; readonly place: number; readonly endMs: number },
): void {
  lane.runNext();
  const [next] = busy[slice.name];
  if (next === undefined) afterPromises(() => runSlice(slice.place + 1));
  else if (performance.now() < slice.endMs) afterPromises(() => runItem(next, slice));
  else schedule();
}

/** What an item set off in promises comes before the next item, as if each were an event of its own. */
function afterPromises(next: () => void): void {
  queueMicrotask(() => process.nextTick(next));
}
