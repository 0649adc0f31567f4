import { Bar } from '../../protos/gen/market.ts';
import { OrderEvent } from '../../protos/gen/order.ts';
import { PositionEvent } from '../../protos/gen/portfolio.ts';
import type { LedgerId, Sequence, StrategyId } from '../kernel/codec/brand.ts';
import type { RecordedInput, Recording } from '../kernel/recording/recording.ts';
import { hasEnded } from './instance.ts';

/** Newest inputs of a strategy that a restart tells again; author.ts says so to authors. */
export const inputsKeptMax = 100_000;
/** So many more come together before the oldest are condensed at once. */
export const inputsCondensedAtOnce = 10_000;

export interface InputLogOptions {
  readonly recording: Recording;
  readonly keptMax: number;
  readonly condensedAtOnce: number;
  /** Bars of an instrument that a strategy is warmed up with. */
  readonly historyBars: ReadonlyMap<StrategyId, number>;
}

/**
 * The recording, held within its bound. What is too old is condensed to what a new instance needs before its first
 * input: the newest bars as warm-up and what split them, the orders that were open, and the positions.
 */
export class InputLog {
  readonly #options: InputLogOptions;
  readonly #recording: Recording;
  readonly #counts = new Map<StrategyId, number>();

  constructor(options: InputLogOptions) {
    this.#options = options;
    this.#recording = options.recording;
  }

  /** False when it told of rows beyond the head of execution's journal, which was set back: nothing of it is left. */
  open(ledgerId: LedgerId, head: Sequence): boolean {
    this.#recording.open(ledgerId);
    if (this.#recording.lastSequence() <= head) return true;
    this.#recording.clear();
    return false;
  }

  get lastSequence(): Sequence {
    return this.#recording.lastSequence();
  }

  *read(): Iterable<RecordedInput> {
    for (const input of this.#recording.read()) {
      this.#count(input.strategy);
      yield input;
    }
  }

  /** False: an append does nothing. */
  get keeps(): boolean {
    return this.#recording.keeps;
  }

  append(input: RecordedInput): void {
    const { keptMax, condensedAtOnce, historyBars } = this.#options;
    this.#recording.append(input);
    if (this.#count(input.strategy) < keptMax + condensedAtOnce) return;
    const bars = historyBars.get(input.strategy) ?? 0;
    let condensed: readonly RecordedInput[] = [];
    this.#recording.trim(input.strategy, keptMax, (older) => {
      condensed = condense(older, bars);
      return condensed;
    });
    this.#counts.set(input.strategy, keptMax + condensed.length);
  }

  close(): void {
    this.#recording.close();
  }

  #count(strategy: StrategyId): number {
    const count = (this.#counts.get(strategy) ?? 0) + 1;
    this.#counts.set(strategy, count);
    return count;
  }
}

/** From the newest back: the last `bars` of each instrument, the last row of each open order, the last position. */
function condense(older: readonly RecordedInput[], bars: number): readonly RecordedInput[] {
  const kept: RecordedInput[] = [];
  const barTimes = new Map<string, Set<number>>();
  const seen = new Set<string>();
  for (const input of older.toReversed()) {
    switch (input.kind) {
      case 'bar':
      case 'warmUpBar': {
        const { instrument, openTime } = Bar.decode(input.payload);
        const times = barTimes.get(instrument) ?? new Set();
        if (times.has(openTime) || times.size === bars) break;
        barTimes.set(instrument, times.add(openTime));
        kept.push({ ...input, kind: 'warmUpBar' });
        break;
      }
      case 'order':
      case 'warmUpOrder': {
        const event = OrderEvent.decode(input.payload);
        const key = `order ${event.clientOrderId}`;
        if (!seen.has(key) && !hasEnded(event)) kept.push({ ...input, kind: 'warmUpOrder' });
        seen.add(key);
        break;
      }
      case 'position': {
        const key = `position ${PositionEvent.decode(input.payload).instrument}`;
        if (!seen.has(key)) kept.push(input);
        seen.add(key);
        break;
      }
      case 'action':
      case 'warmUpAction':
        // A few a year. One that is older than the bars changes all of them alike.
        kept.push({ ...input, kind: 'warmUpAction' });
        break;
      case 'quote':
      case 'lapsed':
        break;
    }
  }
  return kept.reverse();
}
