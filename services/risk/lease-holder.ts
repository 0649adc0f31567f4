import { LeaseRequest } from '../../protos/gen/control.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Epoch } from '../kernel/codec/brand.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import { leaseValidUs } from '../kernel/trading-state/lease-term.ts';
import { bounds } from './risk-options.ts';

const snapshotName = 'lease-holder';
/** A grant may be as old as this in execution, and what it sent last is on its way to the venue a moment longer. */
export const leaseTermUs = leaseValidUs + bounds.leaseGraceUs;

/**
 * To which start of execution the lease was granted last. Another one gets it only when that has certainly run out: it
 * counts from a request that was sent before our grant, and nobody is asked whether the other process is really dead.
 * Kept beside the journal, written before the first grant to a holder: a start of risk that finds its holder goes on
 * with it at once, one that knows none waits as long as a grant of its predecessor may count.
 */
export class LeaseHolder {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #holder: Epoch | undefined;
  #isWritten = true;
  /** The latest start that ever had it. Risk goes back to none before it. */
  readonly latest: Epoch | undefined;
  /** From then on any start may have it. */
  #freeUs: number;

  constructor({ journal, clock }: { readonly journal: Journal; readonly clock: Clock }) {
    this.#journal = journal;
    this.#clock = clock;
    const nowUs = clock.monotonicUs();
    const kept = journal.loadSnapshot(snapshotName);
    const last = kept === undefined ? undefined : LeaseRequest.decode(kept.payload);
    this.latest = last?.executionEpoch;
    this.#holder = last?.returned === false ? last.executionEpoch : undefined;
    // A journal without a row was never in use: nobody waits on the first day.
    const isFree = last?.returned ?? journal.head().sequence === 0;
    this.#freeUs = isFree ? nowUs : nowUs + leaseTermUs;
  }

  get isReturned(): boolean {
    return this.#holder === undefined;
  }

  /** How long this start of execution has to wait for its first grant; 0: not at all. */
  waitUs({ executionEpoch }: Pick<LeaseRequest, 'executionEpoch'>): number {
    if (executionEpoch === this.#holder) return 0;
    return Math.max(0, this.#freeUs - this.#clock.monotonicUs());
  }

  /** Runs `grant`, at once or when it is written down to whom; not at all while others have to wait for a holder. */
  hand(request: LeaseRequest, grant: () => void): void {
    if (this.waitUs(request) > 0) return;
    if (request.executionEpoch !== this.#holder) {
      this.#holder = request.executionEpoch;
      this.#isWritten = false;
      this.#write(request, () => {
        this.#isWritten = this.#holder === request.executionEpoch;
      });
    }
    if (this.#isWritten) this.#grant(grant);
    else this.#journal.append([], () => this.#grant(grant));
  }

  /** Its start sends nothing any more. */
  takeBack(request: LeaseRequest): void {
    if (request.executionEpoch !== this.#holder) return;
    this.#holder = undefined;
    this.#freeUs = this.#clock.monotonicUs();
    this.#write(request, () => {});
  }

  #grant(grant: () => void): void {
    this.#freeUs = this.#clock.monotonicUs() + leaseTermUs;
    grant();
  }

  #write(request: LeaseRequest, onWritten: () => void): void {
    const { sequence } = this.#journal.head();
    this.#journal.saveSnapshot(snapshotName, { sequence, payload: LeaseRequest.encode(request) });
    this.#journal.append([], onWritten);
  }
}
