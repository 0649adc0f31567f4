import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { Bar, MarketState, Quote, Trade } from '../../../protos/gen/market.ts';
import type { Clock } from '../../../services/kernel/clock/clock.ts';
import type { AccountId, ExecutionId, TimestampUs, VenueId } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import type {
  ReadOutcome,
  RequestOutcome,
  VenueGateway,
  VenueReport,
} from '../../../services/kernel/venue/venue-gateway.ts';
import type { CorporateAction } from './corporate-action.ts';
import type { FillRevision } from './fill-change.ts';
import { PaperExchange } from './paper-exchange.ts';
import type { PaperFaults, PaperOptions } from './paper-options.ts';
import type { Refusal } from './refusal.ts';
import type { VenueStore } from './venue-store.ts';

/** The paper venue: an account at a market that is played by the market data it is fed. Times are market times. */
export interface PaperVenue extends VenueGateway {
  onInstrument(instrument: Instrument): void;
  onQuote(time: TimestampUs, quote: Quote): void;
  onTrade(time: TimestampUs, trade: Trade): void;
  onBar(time: TimestampUs, bar: Bar): void;
  onMarketState(time: TimestampUs, state: MarketState): void;
  /** A dividend or split; booked once an `activityId`. Throws for an instrument that was never defined. */
  applyActivity(time: TimestampUs, action: CorporateAction): void;
  /** For tests: a fill that was told never was, or was at another price. False when no such fill stands. */
  reviseFill(executionId: ExecutionId, revision: FillRevision): boolean;
  /** Calls back when everything that was caused before this call is durable and delivered. */
  whenSettled(done: () => void): void;
}

export interface PaperVenuePorts {
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly store: VenueStore;
  /** Stamps the log; delays answers where a fault asks for it. */
  readonly clock: Clock;
  readonly options: PaperOptions;
  readonly instruments: readonly Instrument[];
  /**
   * Runs a callback after the caller has returned: `setImmediate` live, the queue of the simulation there. Everything
   * that happens until then shares one commit.
   */
  readonly defer: (callback: () => void) => void;
  readonly faults?: PaperFaults | undefined;
}

export function createPaperVenue(ports: PaperVenuePorts): PaperVenue {
  return new DeferredPaperVenue(ports);
}

type Handlers = Parameters<VenueGateway['connect']>[0];

/** Puts commit and delivery around the exchange: nothing leaves before it is durable, all leaves in order. */
class DeferredPaperVenue implements PaperVenue {
  readonly venue: VenueId;
  readonly account: AccountId;
  readonly capabilities = { bracket: true, oco: true, replace: true } as const;
  /** The venue answers from its own file, so a single look is proof. */
  readonly absence = {
    sources: ['byClientOrderId'],
    reads: 1,
    quietPeriodUs: brandOf.durationUs(0),
  } as const;
  readonly #ports: PaperVenuePorts;
  readonly #exchange: PaperExchange;
  #handlers: Handlers | undefined;
  #deliveries: (() => void)[] = [];
  #isFlushScheduled = false;
  #hasUncommitted = false;
  #state: 'open' | 'failed' | 'closed' = 'open';

  constructor(ports: PaperVenuePorts) {
    this.#ports = ports;
    this.venue = ports.venue;
    this.account = ports.account;
    this.#exchange = new PaperExchange({
      ...ports,
      record: (entry, marketTime) => {
        this.#hasUncommitted = true;
        ports.store.append({ ...entry, marketTime, wallTime: ports.clock.wallUs() });
        this.#scheduleFlush();
      },
      report: (report) => this.#deliverReport(report),
    });
    // An account that is opened now keeps its starting cash, whatever the options say at the next start.
    this.#hasUncommitted = true;
    this.#commit();
  }

  connect(handlers: Handlers): void {
    this.#handlers = handlers;
    this.#deliver(() => handlers.onStatus('connected', 'the paper venue is part of this process'));
  }

  submit: VenueGateway['submit'] = (order, isStillAllowed, done) => {
    if (!this.#isOpenFor(done)) return;
    if (!isStillAllowed()) {
      this.#deliver(() => done({ kind: 'unsent', reason: 'not allowed any more' }));
      return;
    }
    const code = this.#ports.faults?.refuseSubmits;
    if (code !== undefined) {
      this.#deliver(() => done({ kind: 'refused', code, reason: 'the venue is set to refuse' }));
      return;
    }
    const before = this.#deliveries.length;
    const refusal = this.#exchange.submit(order);
    const caused = this.#deliveries.splice(before);
    const answer = this.#ports.faults?.submitAnswers;
    if (refusal !== undefined || answer === undefined) {
      this.#deliver(() => done(outcomeOf(refusal)));
    } else if (typeof answer === 'number') {
      this.#deliver(() => this.#ports.clock.after(answer, () => done({ kind: 'done' })));
    } else {
      // The first that an accepted order causes is its accepted report.
      caused.shift();
      if (answer === 'lost') this.#deliver(() => done({ kind: 'unanswered', reason: 'the answer was lost' }));
    }
    this.#deliveries.push(...caused);
  };

  cancel: VenueGateway['cancel'] = (clientOrderId, done) => {
    if (!this.#isOpenFor(done)) return;
    if (this.#ports.faults?.refuseCancels === true) {
      this.#deliver(() =>
        done({ kind: 'refused', code: 'CANCEL_REFUSED', reason: 'the venue is set to refuse' }),
      );
      return;
    }
    this.#request(() => {
      const refusal = this.#exchange.cancel(clientOrderId);
      const fillsLate = this.#ports.faults?.lateFillAfterCancel === true;
      if (fillsLate && refusal === undefined) this.#exchange.fillLate(clientOrderId);
      return refusal;
    }, done);
  };

  replace: VenueGateway['replace'] = (request, isStillAllowed, done) => {
    if (!this.#isOpenFor(done)) return;
    if (isStillAllowed()) this.#request(() => this.#exchange.replace(request), done);
    else this.#deliver(() => done({ kind: 'unsent', reason: 'not allowed any more' }));
  };

  openOrders: VenueGateway['openOrders'] = (done) => this.#read(() => this.#exchange.openOrders(), done);

  orderByClientId: VenueGateway['orderByClientId'] = (clientOrderId, done) =>
    this.#read(() => this.#exchange.orderByClientId(clientOrderId), done);

  fillsSince: VenueGateway['fillsSince'] = (cursor, done) =>
    this.#read(() => this.#ports.store.fillsSince(cursor), done);

  activitiesSince: VenueGateway['activitiesSince'] = (cursor, done) =>
    this.#read(() => this.#ports.store.activitiesSince(cursor), done);

  positions: VenueGateway['positions'] = (done) => this.#read(() => this.#exchange.positions(), done);

  readAccount: VenueGateway['readAccount'] = (done) => this.#read(() => this.#exchange.account(), done);

  onInstrument(instrument: Instrument): void {
    if (this.#state === 'open') this.#exchange.setInstrument(instrument);
  }

  onQuote(time: TimestampUs, quote: Quote): void {
    if (this.#state === 'open') this.#exchange.takeQuote(time, quote);
  }

  onTrade(time: TimestampUs, trade: Trade): void {
    if (this.#state === 'open') this.#exchange.takeTrade(time, trade);
  }

  onBar(time: TimestampUs, bar: Bar): void {
    if (this.#state === 'open') this.#exchange.takeBar(time, bar);
  }

  onMarketState(time: TimestampUs, state: MarketState): void {
    if (this.#state === 'open') this.#exchange.setMarketState(time, state);
  }

  applyActivity(time: TimestampUs, action: CorporateAction): void {
    if (this.#state === 'open') this.#exchange.applyAction(time, action);
  }

  reviseFill(executionId: ExecutionId, revision: FillRevision): boolean {
    if (this.#state !== 'open') return false;
    return this.#exchange.reviseFill(executionId, revision);
  }

  whenSettled(done: () => void): void {
    this.#deliver(done);
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#hasUncommitted = true;
    this.#flush();
    this.#state = 'closed';
    this.#ports.store.close();
  }

  /** The answer goes before the reports that the request caused. */
  #request(change: () => Refusal | undefined, done: (outcome: RequestOutcome) => void): void {
    const before = this.#deliveries.length;
    const refusal = change();
    const caused = this.#deliveries.splice(before);
    this.#deliver(() => done(outcomeOf(refusal)));
    this.#deliveries.push(...caused);
  }

  #isOpenFor(done: (outcome: RequestOutcome) => void): boolean {
    if (this.#state === 'open') return true;
    this.#ports.defer(() => done({ kind: 'unsent', reason: `the paper venue is ${this.#state}` }));
    return false;
  }

  #read<T>(value: () => T, done: (outcome: ReadOutcome<T>) => void): void {
    if (this.#state !== 'open') {
      this.#ports.defer(() => done({ kind: 'failed', reason: `the paper venue is ${this.#state}` }));
      return;
    }
    const outcome: ReadOutcome<T> = { kind: 'read', value: value() };
    this.#deliver(() => done(outcome));
  }

  #deliverReport(report: VenueReport): void {
    const isTwice = report.kind === 'filled' && this.#ports.faults?.duplicateFillReports === true;
    for (let copies = isTwice ? 2 : 1; copies > 0; copies -= 1) {
      this.#deliver(() => this.#handlers?.onReport(report));
    }
  }

  #deliver(delivery: () => void): void {
    this.#deliveries.push(delivery);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#ports.defer(this.#onFlushDue);
  }

  readonly #onFlushDue = (): void => {
    this.#isFlushScheduled = false;
    if (this.#state === 'open') this.#flush();
  };

  #flush(): void {
    this.#exchange.matchReleased();
    this.#commit();
    const deliveries = this.#deliveries;
    this.#deliveries = [];
    for (const deliver of deliveries) deliver();
  }

  /** After a failure nothing is answered or reported any more: nobody knows what the disk holds. */
  #commit(): void {
    if (!this.#hasUncommitted) return;
    try {
      this.#exchange.save();
      this.#ports.store.commit();
      this.#hasUncommitted = false;
    } catch (cause) {
      this.#state = 'failed';
      throw new Error('the paper venue could not write its store', { cause });
    }
  }
}

function outcomeOf(refusal: Refusal | undefined): RequestOutcome {
  return refusal === undefined ? { kind: 'done' } : { kind: 'refused', ...refusal };
}
