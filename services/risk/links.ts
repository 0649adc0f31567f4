import type { FeedStatus } from '../../protos/gen/market.ts';
import type { BusStatus } from '../kernel/bus/bus.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Reading } from './switch-board.ts';

/** Whether those that risk depends on are there: execution by its lease requests, market data by its status. */
export class Links {
  readonly #clock: Clock;
  #busStatus: BusStatus = 'connected';
  #executionHeardUs: number | undefined;
  #feedHeardUs: number | undefined;
  #operatorHeardUs: number | undefined;
  #feed: Pick<FeedStatus, 'feed' | 'reason'> | undefined;
  /** By execution's last word; undefined before it. */
  #broken: string | undefined;
  #reconciled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  takeBusStatus(status: BusStatus): void {
    this.#busStatus = status;
  }

  hearExecution(): void {
    this.#executionHeardUs = this.#clock.monotonicUs();
  }

  hearFeed(status: FeedStatus): void {
    this.#feedHeardUs = this.#clock.monotonicUs();
    this.#feed = status;
  }

  /** An operator has signed something that was accepted. */
  hearOperator(): void {
    this.#operatorHeardUs = this.#clock.monotonicUs();
  }

  takeReconciliation(event: { readonly converged: boolean; readonly differences: readonly string[] }): void {
    this.#reconciled = true;
    this.#broken = event.converged ? undefined : (event.differences[0] ?? 'venue and ledger differ');
  }

  /** Execution has compared with the venue, today or ever: what it found there at its first start is taken over. */
  get isReconciled(): boolean {
    return this.#reconciled;
  }

  execution(silenceUsMax: number): Reading {
    if (this.#busStatus !== 'connected') return { input: 'lost', about: 'the bus is gone' };
    return this.#heard('execution', this.#executionHeardUs, silenceUsMax);
  }

  feed(silenceUsMax: number): Reading {
    const heard = this.#heard('market data', this.#feedHeardUs, silenceUsMax);
    if (heard.input !== 'known' || this.#feed === undefined) return heard;
    // A replay at its end has given all there is; single orders are judged by the age of their quote.
    if (this.#feed.feed === 'up' || this.#feed.feed === 'ended') return heard;
    return { input: 'lost', about: `feed ${this.#feed.feed}: ${this.#feed.reason}` };
  }

  /** Since the last signature, of whatever kind; what was signed before this process started does not count. */
  operator(silenceUsMax: number): Reading {
    return this.#heard('the operator', this.#operatorHeardUs, silenceUsMax);
  }

  reconciliation(): Reading {
    if (!this.#reconciled) return { input: 'unknown', about: 'not reconciled yet' };
    if (this.#broken !== undefined) return { input: 'lost', about: this.#broken };
    return { input: 'known', about: 'venue and ledger agree' };
  }

  #heard(who: string, heardUs: number | undefined, silenceUsMax: number): Reading {
    if (heardUs === undefined) return { input: 'unknown', about: `${who} not heard yet` };
    const silentUs = this.#clock.monotonicUs() - heardUs;
    if (silentUs <= silenceUsMax) return { input: 'known', about: `${who} is there` };
    return { input: 'lost', about: `${who} silent for ${Math.floor(silentUs / 1e6)} s` };
  }
}
