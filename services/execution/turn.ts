import type { Journal, JournalEvent, JournalRow } from '../kernel/journal/journal.ts';
import { messageEvent, type Recorded } from '../kernel/journal/message-event.ts';

/**
 * One input and all that follows from it at once: its rows go to the journal in a single append, and its effects
 * leave when that append is durable. Memory goes ahead of the disk, the venue never does.
 */
export interface Turn {
  /** Runs `work` as a turn of its own, or as part of the one under way. */
  run(work: () => void): void;
  record<T>(recorded: Recorded<T>, onAppended?: (row: JournalRow) => void): void;
  /** Runs once all that this turn recorded is durable; at the end of the turn when it recorded nothing. */
  onceDurable(effect: () => void): void;
  /**
   * As `onceDurable`, for what adds exposure: after all other effects, and each by itself, so that whatever stops it can
   * be heard between two of them.
   */
  departOnceDurable(departure: () => void): void;
  /** The journal is about to close: what comes from here on is left to the next start. */
  end(): void;
  /** Nothing waits for the disk. */
  readonly settled: boolean;
}

interface Draft {
  readonly events: JournalEvent[];
  readonly appended: (((row: JournalRow) => void) | undefined)[];
  readonly effects: (() => void)[];
  readonly departures: (() => void)[];
}

/** `complete` runs at the end of each turn and may record more; `onSettled` when nothing waits for the disk any more. */
export function createTurn(options: {
  readonly journal: Journal;
  readonly complete: () => void;
  readonly onSettled: () => void;
}): Turn {
  const { journal } = options;
  let draft: Draft | undefined;
  let appendsPending = 0;
  let ended = false;

  function current(): Draft {
    if (draft === undefined) throw new Error('rows and effects belong to a turn, and none is under way');
    return draft;
  }

  function append(events: readonly JournalEvent[], effects: readonly (() => void)[]): readonly JournalRow[] {
    appendsPending += 1;
    return journal.append(events, () => {
      appendsPending -= 1;
      for (const effect of effects) effect();
      if (appendsPending === 0) options.onSettled();
    });
  }

  function finish({ events, appended, effects, departures }: Draft): void {
    if (events.length === 0 && departures.length === 0) {
      for (const effect of effects) effect();
      if (appendsPending === 0) options.onSettled();
      return;
    }
    const isOne = effects.length === 0 && departures.length === 1;
    const written = append(events, isOne ? departures : effects);
    if (!isOne) for (const departure of departures) append([], [departure]);
    let index = 0;
    for (const row of written) {
      appended[index]?.(row);
      index += 1;
    }
  }

  return {
    run(work) {
      if (draft !== undefined) return work();
      if (ended) return;
      const own: Draft = { events: [], appended: [], effects: [], departures: [] };
      draft = own;
      work();
      options.complete();
      draft = undefined;
      finish(own);
    },
    record(recorded, onAppended) {
      const { events, appended } = current();
      events.push(messageEvent(recorded));
      appended.push(onAppended);
    },
    onceDurable(effect) {
      current().effects.push(effect);
    },
    departOnceDurable(departure) {
      current().departures.push(departure);
    },
    end() {
      ended = true;
    },
    get settled() {
      return appendsPending === 0 && draft === undefined;
    },
  };
}
