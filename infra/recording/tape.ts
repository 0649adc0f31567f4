/**
 * What passes between a service and the world, in the order it happens. Outward go calls, each with its result;
 * inward come the callbacks that a service has handed out, each by the way under which it was handed out. A service
 * is synchronous between two inputs, so that order is all that a replay needs.
 */
export interface Tape {
  /** True: nothing of the world is there, and what a call gives back is what was recorded. */
  readonly isReplay: boolean;
  /** An output of the service and what it got for it. `given` and the result are plain values, functions excluded. */
  call<R>(name: string, given: unknown, perform: () => R): R;
  /** A call that is answered later, as an input of its own. */
  callLater(name: string, given: unknown, perform: () => Promise<void>): Promise<void>;
  /** A look at a clock; there are more of them than of all else. */
  readClock(which: 'monotonic' | 'wall', perform: () => number): number;
  /**
   * A way into the service. `take` handles what a replay finds recorded; what it gives back is compared. A way that
   * is used once is forgotten after it.
   */
  way<T>(name: string, take: (given: T) => unknown, use?: { readonly once: boolean }): Way<T>;
}

export interface Way<T> {
  /** The same in a replay, where ways are opened in the same order. */
  readonly number: number;
  /** Notes the input, then handles it. */
  enter<R>(given: T, handle: () => R): R;
}
