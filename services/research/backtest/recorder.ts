import type { FeedProfile } from '../../../infra/config/profile.ts';
import { createRunningDigest } from '../../../infra/sim/running-digest.ts';
import type { Instrument } from '../../../protos/gen/instrument.ts';
import { OrderEvent } from '../../../protos/gen/order.ts';
import type { LedgerEvent } from '../../../protos/gen/portfolio.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { InstrumentId, Money } from '../../kernel/codec/brand.ts';
import type { Journal } from '../../kernel/journal/journal.ts';
import { formatAmount, money, toDouble, zeroMoney } from '../../kernel/money/amount.ts';
import type { Instant } from '../../kernel/venue/market-feed.ts';
import { JumpWatch, withoutFactors } from '../market/data-doubts.ts';
import type { Calendar } from '../statistics/session-days.ts';
import type { BacktestResult } from './backtest-result.ts';
import { DataFingerprint } from './data-fingerprint.ts';
import { EquityRecorder } from './equity-recorder.ts';
import { OrderLog } from './order-log.ts';
import { OrderRecorder } from './order-recorder.ts';
import { TradeRecorder } from './trade-recorder.ts';

const refusalsMax = 20;

/** Writes down a run as it goes: what was played, and what the services say of it on the bus and in the journal. */
export class Recorder {
  readonly equity: EquityRecorder;
  readonly orders: OrderRecorder;
  readonly trades: TradeRecorder;
  readonly log = new OrderLog();
  readonly data = new DataFingerprint();
  bars = 0;
  /** Market time of the first and of the newest instant; 0 before it. */
  from = 0;
  to = 0;
  /** Of the replay: it has told its last. */
  hasEnded = false;
  readonly #state = createRunningDigest();
  readonly #readsData: boolean;
  #dividends = zeroMoney;
  readonly #feed: FeedProfile;
  readonly #jumps: JumpWatch;
  readonly #refusals = new Map<string, number>();
  #current: Instant | undefined;

  constructor(options: {
    readonly instruments: readonly Instrument[];
    readonly startingCash: Money;
    readonly calendar: Calendar;
    readonly feed: FeedProfile;
    readonly maintenanceRatio: number;
    /** Of the price, what whoever takes pays besides. */
    readonly takerRatio: number;
    /** Nobody else can tell what is played. */
    readonly readsData: boolean;
  }) {
    this.#readsData = options.readsData;
    const multipliers = new Map(
      options.instruments.map(({ instrument, multiplier }) => [instrument, multiplier]),
    );
    const multiplierOf = (instrument: InstrumentId): number => multipliers.get(instrument) ?? 1;
    this.#feed = options.feed;
    this.#jumps = new JumpWatch(options.feed);
    this.equity = new EquityRecorder(options);
    this.orders = new OrderRecorder(multiplierOf, options.takerRatio);
    this.trades = new TradeRecorder(multiplierOf);
  }

  listen(bus: Bus, execution: Journal): void {
    execution.onCommitted((rows) => {
      for (const { type, payload } of rows) if (type === OrderEvent.name) this.#state.add(payload);
    });
    bus.subscribe(subjects.stageOrder.matching({}), ({ message }) => {
      this.orders.takeIntent(message);
      this.trades.takeIntent(message);
    });
    bus.subscribe(subjects.orderEvent.matching({}), ({ message, header }) => {
      this.log.add(message, header.eventTime);
      this.orders.takeEvent(message);
      this.trades.takeOrder(message);
    });
    bus.subscribe(subjects.ledgerEvent.matching({}), ({ message: { body } }) => {
      this.takeLedger(body);
    });
    bus.subscribe(subjects.positionEvent.matching({}), ({ message }) => this.equity.takePosition(message));
    bus.subscribe(subjects.accountEvent.matching({}), ({ message }) => this.equity.takeAccount(message));
    bus.subscribe(subjects.feedStatus.matching({}), ({ message }) => {
      this.hasEnded ||= message.feed === 'ended';
    });
  }

  /** All before it has been handled. What comes behind a ruin is not played any more. */
  takeInstant(instant: Instant): void {
    this.endInstant();
    if (this.equity.ruin !== undefined) return;
    this.#current = instant;
    if (this.from === 0) this.from = instant.time;
    this.to = instant.time;
    for (const datum of instant.data) {
      if (datum.kind === 'bar') this.bars += 1;
      if (this.#readsData) this.data.add(datum);
      this.#jumps.takeDatum(datum);
      this.equity.takeDatum(datum);
      this.orders.takeDatum(datum);
      this.trades.takeDatum(datum);
    }
  }

  /** Of many different ones the first are kept apart: a strategy that refuses itself each time has numbers in its words. */
  takeRefused(reason: string): void {
    const isKnown = this.#refusals.has(reason) || this.#refusals.size < refusalsMax;
    const key = isKnown ? reason : 'others';
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }

  takeLedger(body: LedgerEvent['body']): void {
    if (body.case === 'lotMatched') this.trades.takeMatch(body.value);
    else if (body.case === 'positionAdjusted') this.trades.takeAdjustment(body.value);
    else if (body.case === 'cashAdjusted' && body.value.reason === 'dividend') {
      this.#dividends = money(this.#dividends + body.value.amount);
    }
  }

  endInstant(): void {
    if (this.#current === undefined) return;
    this.equity.endInstant(this.#current.time);
    this.#current = undefined;
  }

  /** All that a result tells of what was played, once it is over. */
  told(): Omit<
    BacktestResult,
    'ended' | 'inputs' | 'strategies' | 'instruments' | 'startingCash' | 'barsPerSecond'
  > {
    this.endInstant();
    return {
      ...{ ruin: this.equity.ruin, from: this.from, to: this.to, bars: this.bars },
      doubts: { withoutFactors: withoutFactors(this.#feed), jumps: this.#jumps.jumps },
      stateHash: this.#state.end(),
      equity: this.equity.curve(),
      trades: this.trades.trades,
      orders: this.orders.funnel,
      outcomes: this.log.outcomes(),
      denials: this.orders.denials,
      refusals: Object.fromEntries(this.#refusals),
      costs: this.orders.costs,
      dividends: toDouble(this.#dividends),
      finalCash: formatAmount(this.equity.cash, 2),
      finalEquity: formatAmount(this.equity.equity, 2),
    };
  }
}
