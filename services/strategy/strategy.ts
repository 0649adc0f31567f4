import type { Bar, CorporateAction, History, Quote } from '../../protos/gen/market.ts';
import { OrderIntent } from '../../protos/gen/order.ts';
import type { TradingState } from '../../protos/gen/risk.ts';
import type { Environment, Pace } from '../../protos/gen/system.ts';
import type { Bus, Received, Subscription } from '../kernel/bus/bus.ts';
import { ExecutionFollower, type FollowedRow } from '../kernel/bus/execution-follower.ts';
import { intervalToken } from '../kernel/bus/interval-token.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type {
  AccountId,
  LedgerId,
  Sequence,
  StrategyId,
  TimestampUs,
  VenueId,
} from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Log } from '../kernel/log/log.ts';
import type { Recording } from '../kernel/recording/recording.ts';
import type { Service, ServiceHealth } from '../kernel/service/service.ts';
import { raiseCritical } from './alerts.ts';
import { BarInput } from './bar-input.ts';
import { type Hosted, host, type StrategyPlan } from './hosted.ts';
import { InputLog, inputsCondensedAtOnce, inputsKeptMax } from './input-log.ts';
import type { InstanceInput } from './instance.ts';
import type { Definitions } from './intent.ts';
import { PendingCommands } from './pending-commands.ts';
import { Preparation } from './preparation.ts';
import { inputOf, kindOf } from './recorded-inputs.ts';
import { type Source, warmUpInputs } from './warm-up.ts';

const passedOn = subjects.pace.of({ stage: 'strategy' });

export interface StrategyOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly recording: Recording;
  readonly plans: readonly StrategyPlan[];
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly environment: Environment;
}

const resendIntervalUs = 1_000_000;
/** A restart that was away for longer starts its windows anew from the newest bars. */
const catchUpBarsMax = 1_000;
const noSequence = brandOf.sequence(0);

/** Hosts strategies: tells them the market and their orders, and sends what they want; it never sees a venue. */
export function createStrategy(options: StrategyOptions): Service {
  return new StrategyHost(options);
}

type Phase = 'waitingForRisk' | 'waitingForInstruments' | 'waitingForExecution' | 'warmingUp' | 'live';

class StrategyHost implements Service {
  readonly #options: StrategyOptions;
  readonly #preparation: Preparation;
  readonly #pending: PendingCommands;
  readonly #inputs: InputLog;
  #follower: ExecutionFollower | undefined;
  readonly #subscriptions: Subscription[] = [];
  readonly #timers: StopTimer[] = [];
  #hosted: readonly Hosted[] = [];
  /** Strategies whose code threw: they are told nothing more. */
  readonly #failed = new Set<StrategyId>();
  #phase: Phase = 'waitingForRisk';
  #ledgerId: LedgerId | undefined;
  /** Inputs of an earlier process have been told. */
  #isRebuilt = false;
  #marketTime = brandOf.timestampUs(0);
  /** Bars and actions that came while history was on its way. */
  #waiting: (() => void)[] = [];
  #paceOwed: Pace | undefined;

  constructor(options: StrategyOptions) {
    this.#options = options;
    const { bus, clock, recording, plans } = options;
    this.#preparation = new Preparation({ bus, clock });
    this.#pending = new PendingCommands(bus);
    this.#inputs = new InputLog({
      recording,
      keptMax: inputsKeptMax,
      condensedAtOnce: inputsCondensedAtOnce,
      historyBars: new Map(plans.map((plan) => [plan.id, plan.historyBars])),
    });
  }

  start(): void {
    const { bus, clock, plans, venue } = this.#options;
    for (const interval of new Set(plans.map((plan) => plan.interval))) {
      const pattern = subjects.bar.matching({ interval: intervalToken(interval), venue });
      this.#subscriptions.push(bus.subscribe(pattern, (received) => this.#onBar(received)));
    }
    this.#subscriptions.push(
      bus.subscribe(subjects.corporateAction.matching({ venue }), (received) => this.#onAction(received)),
      bus.subscribe(subjects.tradingState.matching({}), ({ message }) => this.#onTradingState(message)),
      bus.subscribe(subjects.feedStatus.matching({ venue }), ({ message }) =>
        this.#advance(message.marketTime),
      ),
      bus.subscribe(subjects.pace.matching({ stage: 'market-data' }), ({ message }) => this.#onPace(message)),
    );
    bus.onStatus((status) => {
      if (status === 'connected' && this.#phase === 'live') this.#follower?.refresh();
    });
    this.#timers.push(clock.every(resendIntervalUs, () => this.#resend()));
  }

  stop(): Promise<void> {
    this.#preparation.stop();
    this.#follower?.stop();
    for (const stopTimer of this.#timers) stopTimer();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#inputs.close();
    return Promise.resolve();
  }

  health(): ServiceHealth {
    const connected = this.#options.bus.status() === 'connected';
    const failed = [...this.#failed].map((id) => `${id} has failed`);
    const applied = {
      producer: 'execution',
      sequence: this.#follower?.applied ?? noSequence,
      hash: this.#follower?.verified.hash ?? '',
    };
    const base = { applied: [applied] };
    if (!connected) return { ...base, state: 'degraded', reasons: ['no bus', ...failed] };
    if (this.#phase !== 'live') return { ...base, state: 'starting', reasons: [this.#phase, ...failed] };
    return { ...base, state: failed.length > 0 ? 'degraded' : 'ready', reasons: failed };
  }

  // Preparation, phase by phase.

  /** An order that nobody can decide yet would only lapse, so the instances wait until risk can. */
  #onTradingState({ riskReady }: TradingState): void {
    if (!riskReady || this.#phase !== 'waitingForRisk') return;
    this.#phase = 'waitingForInstruments';
    const instruments = this.#options.plans.flatMap((plan) => plan.instruments);
    this.#preparation.definitions(instruments, (definitions) => {
      this.#phase = 'waitingForExecution';
      this.#preparation.journal((journal) => {
        this.#ledgerId = journal.ledgerId;
        if (!this.#inputs.open(journal.ledgerId, journal.headSequence)) this.#tellBegunAnew();
        this.#rebuild(journal.ledgerId, definitions);
      });
    });
  }

  /** Creates the instances and tells them what they were told before the restart. */
  #rebuild(ledgerId: LedgerId, definitions: Definitions): void {
    const { plans, log } = this.#options;
    this.#hosted = plans.flatMap((plan) => {
      try {
        return [host(plan, { ...this.#options, ledgerId }, definitions)];
      } catch (error) {
        this.#fail(plan.id, 'create()', error);
        return [];
      }
    });
    let count = 0;
    for (const recorded of this.#inputs.read()) {
      count += 1;
      const hosted = this.#hosted.find(({ plan }) => plan.id === recorded.strategy);
      if (hosted !== undefined) this.#tell(hosted, inputOf(recorded));
    }
    log.info('rebuilt from recorded inputs', { count, ledgerId });
    this.#isRebuilt = count > 0;
    const { bus, clock } = this.#options;
    this.#follower = new ExecutionFollower({
      bus,
      clock,
      after: this.#inputs.lastSequence,
      onRow: (row, sequence) => this.#onRow(row, sequence),
      onProgress: () => this.#onProgress(),
    });
    this.#follower.start();
  }

  #onProgress(): void {
    if (!this.#isComplete) return;
    if (this.#phase === 'waitingForExecution') this.#warmUp();
    if (this.#paceOwed !== undefined) this.#onPace(this.#paceOwed);
  }

  /** Every row that execution has is told. */
  get #isComplete(): boolean {
    return this.#follower?.complete ?? false;
  }

  #warmUp(): void {
    this.#phase = 'warmingUp';
    const wishes = this.#hosted.flatMap(({ plan }) =>
      plan.instruments.map((instrument) => ({
        instrument,
        interval: plan.interval,
        count: this.#isRebuilt ? Math.max(catchUpBarsMax, plan.historyBars) : plan.historyBars,
      })),
    );
    this.#preparation.history(
      wishes.filter((wish) => wish.count > 0),
      (history) => this.#goLive(history),
    );
  }

  #goLive(history: History): void {
    for (const { input, source } of warmUpInputs(history)) {
      if (input.kind === 'bar') this.#tellBar(input, source);
      else this.#tellAction(input, source);
    }
    this.#phase = 'live';
    this.#options.log.info('live', { warmUpBars: history.bars.length });
    this.#resend();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
    this.#subscribeQuotes();
  }

  #subscribeQuotes(): void {
    const { bus, venue } = this.#options;
    const wanting = this.#hosted.filter(({ instance }) => instance.wantsQuotes);
    for (const instrument of new Set(wanting.flatMap(({ plan }) => plan.instruments))) {
      const pattern = subjects.quote.matching({ venue, instrument });
      this.#subscriptions.push(bus.subscribe(pattern, (received) => this.#onQuote(received)));
    }
  }

  // Live inputs. Each is recorded when it is told.

  #onBar(received: Received<Bar>): void {
    const { header, message } = received;
    this.#advance(header.eventTime);
    if (this.#phase !== 'live') {
      // What came earlier is history by now.
      if (this.#phase === 'warmingUp') this.#waiting.push(() => this.#onBar(received));
      return;
    }
    this.#tellBar(new BarInput(header, message), received);
  }

  #onQuote(received: Received<Quote>): void {
    const { header, message: quote } = received;
    this.#advance(header.eventTime);
    for (const hosted of this.#hosted) {
      if (!hosted.instance.wantsQuotes || !hosted.plan.instruments.includes(quote.instrument)) continue;
      const input = { kind: 'quote', id: header.id, time: header.eventTime, quote } as const;
      this.#recordFor(hosted, input, received);
    }
  }

  #onAction(received: Received<CorporateAction>): void {
    const { header, message: action } = received;
    if (this.#phase === 'warmingUp') this.#waiting.push(() => this.#onAction(received));
    if (this.#phase !== 'live') return;
    const input = { kind: 'action', id: header.id, time: header.eventTime, action, warmUp: false } as const;
    this.#tellAction(input, received);
  }

  #tellAction(input: Extract<InstanceInput, { kind: 'action' }>, source: Source): void {
    for (const hosted of this.#hosted) {
      const { plan, instance } = hosted;
      if (!instance.wantsActions || !plan.instruments.includes(input.action.instrument)) continue;
      this.#recordFor(hosted, input, source);
    }
  }

  #tellBar(input: Extract<InstanceInput, { kind: 'bar' }>, source: Source): void {
    const { bar } = input;
    for (const hosted of this.#hosted) {
      const { plan } = hosted;
      if (plan.interval !== bar.interval || !plan.instruments.includes(bar.instrument)) continue;
      this.#recordFor(hosted, input, source);
    }
  }

  #onRow(row: FollowedRow, sequence: Sequence): void {
    const { fact, time } = row;
    if (fact.case !== 'order' && fact.case !== 'position') return;
    const id = brandOf.eventId(`execution.${this.#ledgerId}.${sequence}`);
    for (const hosted of this.#hosted) {
      if (fact.case === 'order') {
        const event = fact.value;
        if (event.strategy !== hosted.plan.id) continue;
        this.#recordFor(hosted, { kind: 'order', id, time, event, warmUp: false }, row, sequence);
      } else if (hosted.plan.instruments.includes(fact.value.instrument)) {
        const event = fact.value;
        this.#recordFor(hosted, { kind: 'position', id, time, event }, row, sequence);
      }
    }
  }

  /** What is told is kept, so that a restart tells it again from the same bytes. */
  #recordFor(hosted: Hosted, input: InstanceInput, source: Source, sequence = noSequence): void {
    const { id: strategy } = hosted.plan;
    if (this.#failed.has(strategy)) return;
    if (this.#inputs.keeps) {
      const { id, time } = input;
      this.#inputs.append({ strategy, sequence, kind: kindOf(input), id, time, payload: source.payload() });
    }
    this.#tell(hosted, input);
  }

  #tell(hosted: Hosted, input: InstanceInput): void {
    if (this.#failed.has(hosted.plan.id)) return;
    this.#advance(input.time);
    if (input.kind === 'order') this.#pending.settle(input.event);
    if (input.kind === 'lapsed') this.#pending.giveUp(input.intent);
    try {
      for (const output of hosted.instance.handle(input)) {
        if (output.kind === 'note') {
          this.#options.log.warn(output.text, { strategy: hosted.plan.id, trigger: input.id });
        } else if (this.#phase === 'live') {
          this.#pending.send(output, input);
        } else {
          this.#pending.add(output, input);
        }
      }
    } catch (error) {
      this.#fail(hosted.plan.id, input.id, error);
    }
  }

  /** One strategy's defect ends that strategy alone, and a person is told. */
  #fail(id: StrategyId, where: string, error: unknown): void {
    this.#failed.add(id);
    const { bus, log } = this.#options;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error('a strategy has failed and is told nothing more', { strategy: id, where, stack });
    const text = `strategy ${id} threw at ${where} and is stopped: ${String(error)}`;
    raiseCritical(bus, this.#eventTime, { code: 'STRATEGY_FAILED', text, about: id, strategy: id });
  }

  #tellBegunAnew(): void {
    const { bus, log } = this.#options;
    const text =
      "Execution's journal was set back behind what the strategies were told: they begin anew, as if never run.";
    log.warn(text);
    raiseCritical(bus, this.#eventTime, { code: 'RECORDING_DROPPED', text, about: 'strategy' });
  }

  get #eventTime(): TimestampUs {
    return this.#marketTime > 0 ? this.#marketTime : this.#options.clock.wallUs();
  }

  #resend(): void {
    if (this.#phase !== 'live') return;
    this.#pending.sendAll(this.#marketTime);
    const late = this.#pending.late(this.#marketTime);
    // Its event may be among rows that were lost on their way.
    if (late.length > 0) this.#follower?.confirm(() => this.#lapse(late));
  }

  #lapse(late: readonly OrderIntent[]): void {
    const unheard = new Set(this.#pending.late(this.#marketTime));
    for (const intent of late) {
      const hosted = this.#hosted.find(({ plan }) => plan.id === intent.strategy);
      if (hosted === undefined || !unheard.has(intent)) continue;
      const id = brandOf.eventId(`lapsed.${intent.clientOrderId}`);
      const source = { payload: () => OrderIntent.encode(intent) };
      this.#recordFor(hosted, { kind: 'lapsed', id, time: this.#marketTime, intent }, source);
    }
  }

  /** Passes the mark on once everything before it has been handled, missing rows of execution included. */
  #onPace(pace: Pace): void {
    this.#advance(pace.marketTime);
    if (this.#phase !== 'live' || !this.#isComplete) {
      this.#paceOwed = this.#phase === 'live' ? pace : undefined;
      return;
    }
    this.#paceOwed = undefined;
    this.#options.bus.publish({
      subject: passedOn,
      message: pace,
      eventTime: pace.marketTime,
    });
  }

  #advance(time: TimestampUs): void {
    if (time > this.#marketTime) this.#marketTime = time;
  }
}
