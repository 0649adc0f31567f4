import type { LeaseRequest } from '../../protos/gen/control.ts';
import type { ExecutionFollower } from '../kernel/bus/execution-follower.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Epoch, Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { type LeaseHolder, leaseTermUs } from './lease-holder.ts';
import { bounds } from './risk-options.ts';

/**
 * Risk and execution agree on what has happened: execution knows risk's epoch, and risk has applied execution's
 * journal up to the same row with the same hash. Before that nothing is decided, so a decision from before a restart
 * of either can never spend exposure twice.
 */
export class Handshake {
  readonly #follower: ExecutionFollower;
  readonly #epoch: Epoch;
  readonly #buildHash: string;
  readonly #clock: Clock;
  readonly #onRival: (text: string) => void;
  readonly #onOlder: (current: Epoch) => void;
  #executionEpoch: Epoch | undefined;
  #reconciled = false;
  /** Head that the request before told; what is not applied by the next one was lost on its way. */
  #headBefore: Sequence = brandOf.sequence(0);
  #agreedHead = { sequence: brandOf.sequence(0), hash: '' };
  #asked: LeaseRequest | undefined;
  #lack = 'execution has not asked for a lease yet';
  #heardUs: number;
  #isReturned: boolean;
  /** Another start that asks as well, and gets no lease. */
  #rival: { readonly epoch: Epoch; readonly sinceUs: number; isTold: boolean } | undefined;

  constructor(options: {
    readonly follower: ExecutionFollower;
    readonly epoch: Epoch;
    readonly buildHash: string;
    readonly clock: Clock;
    /** With which start of execution an earlier start of risk went, and whether it has given its lease back. */
    readonly holder: Pick<LeaseHolder, 'latest' | 'isReturned'>;
    /** Two starts of execution run. */
    readonly onRival: (text: string) => void;
    /** A start asks that is older than the one that risk goes with. */
    readonly onOlder: (current: Epoch) => void;
  }) {
    this.#follower = options.follower;
    this.#epoch = options.epoch;
    this.#buildHash = options.buildHash;
    this.#clock = options.clock;
    this.#heardUs = options.clock.monotonicUs();
    this.#executionEpoch = options.holder.latest;
    this.#isReturned = options.holder.isReturned;
    this.#onRival = options.onRival;
    this.#onOlder = options.onOlder;
  }

  get isReady(): boolean {
    return this.#lack === '';
  }

  /** What keeps it from being ready; empty when it is. */
  get lack(): string {
    return this.#lack;
  }

  get isReconciled(): boolean {
    return this.#reconciled;
  }

  /** Rows of a later start than the one that risk goes with tell of nothing that it has to know. */
  goesWith(epoch: Epoch): boolean {
    return this.#executionEpoch === undefined || epoch <= this.#executionEpoch;
  }

  /** The newest head of execution's journal that risk has applied. */
  get agreedHead(): { readonly sequence: Sequence; readonly hash: string } {
    return this.#agreedHead;
  }

  /** False for a request of a start that risk does not go with: it gets no lease. */
  take(request: LeaseRequest): boolean {
    if (this.#executionEpoch !== undefined && request.executionEpoch !== this.#executionEpoch) {
      if (this.#awaitsHolder(request)) return false;
      if (!this.#isSuccessor(request)) {
        this.#refuse(request);
        return false;
      }
      this.#lack = 'execution has started';
    }
    this.#executionEpoch = request.executionEpoch;
    this.#heardUs = this.#clock.monotonicUs();
    this.#isReturned = request.returned;
    this.#reconciled = request.reconciled;
    this.#asked = request;
    if (request.returned) this.#lack = 'execution has stopped';
    else this.check();
    if (this.isReady) this.#follow(request);
    return true;
  }

  /** Rows have come: what the last request told may be known by now. The next one would tell of a newer head. */
  check(): void {
    if (this.isReady || this.#isReturned || this.#asked === undefined) return;
    this.#lack = this.#lackOf(this.#asked);
  }

  /**
   * Risk has just started and cannot judge yet whether a later start has less in its journal. The one that it went with
   * may still run, and is heard within the term for which another one has to wait for the lease anyway.
   */
  #awaitsHolder({ executionEpoch }: LeaseRequest): boolean {
    if (this.#asked !== undefined || this.#isReturned) return false;
    const isLater = executionEpoch > (this.#executionEpoch ?? 0);
    return isLater && this.#clock.monotonicUs() - this.#heardUs < leaseTermUs;
  }

  /** A later start goes on from all that is known of the one before. */
  #isSuccessor({ executionEpoch, journalSequence }: LeaseRequest): boolean {
    const known = Math.max(this.#follower.applied, this.#asked?.journalSequence ?? 0);
    const isLater = executionEpoch > (this.#executionEpoch ?? 0);
    return isLater && journalSequence >= known && executionEpoch !== this.#rival?.epoch;
  }

  /**
   * A copy of the folder that runs elsewhere, a backup that was restored, a process that was taken for dead. While the
   * start that risk goes with is heard, that one stays; once it is silent, a later one with less in its journal is what
   * there is, and risk's next start is built from it.
   */
  #refuse({ executionEpoch, journalSequence }: LeaseRequest): void {
    const nowUs = this.#clock.monotonicUs();
    const isLater = executionEpoch > (this.#executionEpoch ?? 0);
    const isAlone = this.#isReturned || nowUs - this.#heardUs >= leaseTermUs;
    if (isLater && isAlone) {
      const { applied } = this.#follower;
      throw new Error(`execution's journal was set back to row ${journalSequence}, ${applied} were applied`);
    }
    if (!isLater && this.#executionEpoch !== undefined) this.#onOlder(this.#executionEpoch);
    if (this.#rival?.epoch !== executionEpoch) {
      this.#rival = { epoch: executionEpoch, sinceUs: nowUs, isTold: false };
    }
    if (this.#rival.isTold || nowUs - this.#rival.sinceUs < bounds.rivalUs) return;
    this.#rival.isTold = true;
    const which = isLater ? 'with less in its journal' : 'which is older';
    this.#onRival(
      `Two executions run: start ${executionEpoch}, ${which}, asks for the lease beside start ${this.#executionEpoch}. ` +
        'It gets none and sends nothing. Stop the one that does not belong here; a start gets a higher number when the clock is right.',
    );
  }

  #lackOf(request: LeaseRequest): string {
    if (request.buildHash !== this.#buildHash) return 'execution runs another build';
    this.#follower.announce(request.journalSequence);
    if (!this.#follower.complete) return 'rows of execution are missing';
    if (request.ledgerId !== this.#follower.ledgerId) return 'execution has another ledger than its journal';
    const hash = this.#follower.hashAt(request.journalSequence);
    if (hash === undefined) {
      // Before the first row there is none to ask for; the next request names one.
      if (request.journalSequence > 0) this.#follower.refresh(request.journalSequence);
      return "the hash of execution's newest row is not known yet";
    }
    if (hash !== request.journalHash) return "execution's journal has another history";
    if (request.riskEpoch !== this.#epoch) return 'execution has not taken over the epoch yet';
    return '';
  }

  #follow(request: LeaseRequest): void {
    this.#follower.announce(this.#headBefore);
    this.#headBefore = request.journalSequence;
    if (this.#follower.applied >= request.journalSequence) {
      this.#agreedHead = { sequence: request.journalSequence, hash: request.journalHash };
    }
  }
}
