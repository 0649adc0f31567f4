import type { Instrument } from '../../protos/gen/instrument.ts';
import { createZoneOffset } from '../kernel/clock/zone-offset.ts';
import type { ClientOrderId, StrategyId, TimestampUs } from '../kernel/codec/brand.ts';

const minuteUs = 60_000_000;
const dayUs = 24 * 60 * minuteUs;
/** Longer than any session day, wherever it begins. */
const keptUs = 2 * dayUs;

type Session = Pick<Instrument, 'instrument' | 'sessionOpenMinute' | 'sessionCloseMinute' | 'timeZone'>;

/**
 * The exchange's day. It begins at midnight where the exchange stands; where a session runs across midnight, as of
 * futures, it begins with the session. Of instruments with several, the first by name that has a session decides, so
 * that the account has one day. Until an instrument is known, days are those of UTC.
 */
export class TradingCalendar {
  #leader: Session | undefined;
  #offsetUsAt: (time: number) => number = () => 0;
  #startUs = 0;
  #revision = 0;

  get isKnown(): boolean {
    return this.#leader !== undefined;
  }

  /** Another one: days that were worked out before may be others now. */
  get revision(): number {
    return this.#revision;
  }

  takeInstrument(session: Session): void {
    const leader = this.#leader;
    const isSame = leader?.instrument === session.instrument;
    if (leader !== undefined && !isSame && !leads(session, leader)) return;
    this.#leader = session;
    const { timeZone, sessionOpenMinute: open, sessionCloseMinute: close } = session;
    const startUs = open > close ? open * minuteUs : 0;
    if (leader?.timeZone === timeZone && this.#startUs === startUs) return;
    this.#offsetUsAt = createZoneOffset(timeZone);
    this.#startUs = startUs;
    this.#revision += 1;
  }

  dayOf(time: TimestampUs): number {
    return Math.floor((time + this.#offsetUsAt(time) - this.#startUs) / dayUs);
  }
}

function leads(one: Session, other: Session): boolean {
  const hasSession = one.sessionOpenMinute !== one.sessionCloseMinute;
  if (hasSession !== (other.sessionOpenMinute !== other.sessionCloseMinute)) return hasSession;
  return one.instrument < other.instrument;
}

interface Trade {
  readonly time: TimestampUs;
  readonly strategy: StrategyId;
}

/** Orders by their first fill. */
export class TradingDay {
  readonly #calendar: TradingCalendar;
  readonly #trades = new Map<ClientOrderId, Trade>();
  readonly #byStrategy = new Map<StrategyId, number>();
  #total = 0;
  /** What the sums are of. */
  #day = Number.NaN;
  #revision = Number.NaN;

  constructor(calendar: TradingCalendar) {
    this.#calendar = calendar;
  }

  count(order: ClientOrderId, trade: Trade): void {
    if (this.#trades.has(order)) return;
    this.#trades.set(order, trade);
    if (this.#isOf(trade.time)) this.#add(trade);
  }

  /** On the day of `time`, of all strategies or of one. */
  tradesAt(time: TimestampUs, strategy?: StrategyId): number {
    if (!this.#isOf(time)) this.#addUp(time);
    return strategy === undefined ? this.#total : (this.#byStrategy.get(strategy) ?? 0);
  }

  #isOf(time: TimestampUs): boolean {
    return this.#revision === this.#calendar.revision && this.#calendar.dayOf(time) === this.#day;
  }

  #addUp(time: TimestampUs): void {
    this.#day = this.#calendar.dayOf(time);
    this.#revision = this.#calendar.revision;
    this.#total = 0;
    this.#byStrategy.clear();
    for (const [order, trade] of this.#trades) {
      // Either way: a replay of older data begins on the same journal.
      if (Math.abs(trade.time - time) > keptUs) this.#trades.delete(order);
      else if (this.#calendar.dayOf(trade.time) === this.#day) this.#add(trade);
    }
  }

  #add({ strategy }: Trade): void {
    this.#total += 1;
    this.#byStrategy.set(strategy, (this.#byStrategy.get(strategy) ?? 0) + 1);
  }
}
