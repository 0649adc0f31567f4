import type { LeaseRequest } from '../../protos/gen/control.ts';
import type { ExecutionFollower } from '../kernel/bus/execution-follower.ts';
import type { Epoch, Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';

/**
 * Risk and execution agree on what has happened: execution knows risk's epoch, and risk has applied execution's
 * journal up to the same row with the same hash. Before that nothing is decided, so a decision from before a restart
 * of either can never spend exposure twice.
 */
export class Handshake {
  readonly #follower: ExecutionFollower;
  readonly #epoch: Epoch;
  readonly #buildHash: string;
  #executionEpoch: Epoch | undefined;
  #reconciled = false;
  /** Head that the request before told; what is not applied by the next one was lost on its way. */
  #headBefore: Sequence = brandOf.sequence(0);
  #agreedHead = { sequence: brandOf.sequence(0), hash: '' };
  #asked: LeaseRequest | undefined;
  #lack = 'execution has not asked for a lease yet';

  constructor(options: {
    readonly follower: ExecutionFollower;
    readonly epoch: Epoch;
    readonly buildHash: string;
  }) {
    this.#follower = options.follower;
    this.#epoch = options.epoch;
    this.#buildHash = options.buildHash;
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

  /** The newest head of execution's journal that risk has applied. */
  get agreedHead(): { readonly sequence: Sequence; readonly hash: string } {
    return this.#agreedHead;
  }

  /** False for a request that an earlier start of execution left behind, or still sends: it gets no answer. */
  take(request: LeaseRequest): boolean {
    if (this.#executionEpoch !== undefined && request.executionEpoch < this.#executionEpoch) return false;
    if (request.executionEpoch !== this.#executionEpoch) {
      this.#refuseShorterJournal(request);
      this.#executionEpoch = request.executionEpoch;
      this.#lack = 'execution has started';
    }
    this.#reconciled = request.reconciled;
    this.#asked = request;
    this.check();
    if (this.isReady) this.#follow(request);
    return true;
  }

  /** Rows have come: what the last request told may be known by now. The next one would tell of a newer head. */
  check(): void {
    if (this.isReady || this.#asked === undefined) return;
    this.#lack = this.#lackOf(this.#asked);
  }

  /** A backup was restored: rows that were applied here never happened. The next start is built from what there is. */
  #refuseShorterJournal({ journalSequence }: LeaseRequest): void {
    const { applied } = this.#follower;
    if (journalSequence >= applied) return;
    throw new Error(`execution's journal was set back to row ${journalSequence}, ${applied} were applied`);
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
