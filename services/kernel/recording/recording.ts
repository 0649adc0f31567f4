import type { EventId, LedgerId, Sequence, StrategyId, TimestampUs } from '../codec/brand.ts';

/** One input of one instance, as received; enough to tell it again. */
export interface RecordedInput {
  readonly strategy: StrategyId;
  /**
   * `lapsed`: an intent of its own whose deadline passed, and of which execution has never heard. `warmUpBar`,
   * `warmUpAction` and `warmUpOrder`, an order that was open then: from before the first input that asked for anything.
   */
  readonly kind:
    | 'bar'
    | 'warmUpBar'
    | 'quote'
    | 'action'
    | 'warmUpAction'
    | 'order'
    | 'warmUpOrder'
    | 'position'
    | 'lapsed';
  readonly id: EventId;
  readonly time: TimestampUs;
  /** Sequence in execution's journal for orders and positions, 0 for market data. */
  readonly sequence: Sequence;
  readonly payload: Uint8Array;
}

export type Condense = (older: readonly RecordedInput[]) => readonly RecordedInput[];

/**
 * What the instances were told, in order, so that a restarted service tells it again and has the same state. Handed
 * over before the input is handled, and kept moments later; what a crash takes comes again from history and from
 * execution's journal.
 */
export interface Recording {
  /** False: whatever is appended is forgotten, so nothing has to be. */
  readonly keeps: boolean;
  /** Inputs of any other ledger are dropped for good. Comes before all else. */
  open(ledgerId: LedgerId): void;
  /** Oldest first. */
  read(): Iterable<RecordedInput>;
  /** The newest row of execution that was recorded, trimmed or not; 0 before the first. */
  lastSequence(): Sequence;
  append(input: RecordedInput): void;
  /** Of a strategy's inputs before its `newest` ones only those stay that `condense` chooses, in their order. */
  trim(strategy: StrategyId, newest: number, condense: Condense): void;
  clear(): void;
  close(): void;
}
