import type { Bar, History } from '../../protos/gen/market.ts';
import type { JournalPage } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { DurationUs, InstrumentId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Definitions } from './intent.ts';

const requestTimeoutUs = 2_000_000;
const retryUs = 250_000;

export interface HistoryWish {
  readonly instrument: InstrumentId;
  readonly interval: DurationUs;
  readonly count: number;
}

/** What an instance needs from market-data before it goes live; asks until it is answered. */
export class Preparation {
  readonly #bus: Bus;
  readonly #clock: Clock;
  #stopped = false;

  constructor(options: { readonly bus: Bus; readonly clock: Clock }) {
    this.#bus = options.bus;
    this.#clock = options.clock;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Definitions of all these instruments. */
  definitions(wanted: readonly InstrumentId[], done: (definitions: Definitions) => void): void {
    this.#bus.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: this.#clock.wallUs(),
        reply: subjects.instrumentList.matching({}),
        timeoutUs: requestTimeoutUs,
      },
      (result) => {
        if (this.#stopped) return;
        const list = result.ok ? result.reply.message.instruments : [];
        const definitions = new Map(list.map((definition) => [definition.instrument, definition]));
        if (wanted.every((instrument) => definitions.has(instrument))) done(definitions);
        else this.#clock.after(retryUs, () => this.definitions(wanted, done));
      },
    );
  }

  /** The journal of execution as it stands: its ledger and its newest row. */
  journal(done: (page: Pick<JournalPage, 'ledgerId' | 'headSequence'>) => void): void {
    this.#bus.request(
      {
        subject: subjects.journalQuery.of({ service: 'execution' }),
        message: { fromSequence: brandOf.sequence(1), limit: 0 },
        eventTime: this.#clock.wallUs(),
        reply: subjects.journalPage.matching({}),
        timeoutUs: requestTimeoutUs,
      },
      (result) => {
        if (this.#stopped) return;
        if (result.ok) done(result.reply.message);
        else this.#clock.after(retryUs, () => this.journal(done));
      },
    );
  }

  /** The newest bars of each wish, oldest first, and what split them. */
  history(
    wishes: readonly HistoryWish[],
    done: (history: History) => void,
    before: History = { bars: [], actions: [] },
  ): void {
    const wish = wishes[0];
    if (wish === undefined) {
      done(before);
      return;
    }
    this.#bus.request(
      {
        subject: subjects.historyQuery.of({}),
        message: wish,
        eventTime: this.#clock.wallUs(),
        reply: subjects.history.matching({}),
        timeoutUs: requestTimeoutUs,
      },
      (result) => {
        if (this.#stopped) return;
        if (result.ok) {
          const { bars, actions } = result.reply.message;
          const both = { bars: [...before.bars, ...bars], actions: [...before.actions, ...actions] };
          this.history(wishes.slice(1), done, both);
        } else this.#clock.after(retryUs, () => this.history(wishes, done, before));
      },
    );
  }
}

/** Market time at which a bar is known. */
export function closeTime(bar: Bar): ReturnType<typeof brandOf.timestampUs> {
  return brandOf.timestampUs(bar.openTime + bar.interval);
}
