import type { Bus } from '../kernel/bus/bus.ts';
import { ExecutionFollower, type FollowedRow } from '../kernel/bus/execution-follower.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { LedgerId, Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Log } from '../kernel/log/log.ts';
import type { ProjectionStore } from '../kernel/projection/projection-store.ts';
import { checkCheckpoint } from './checkpoint-check.ts';

const commitIntervalUs = 1_000_000;
const nothing = brandOf.sequence(0);

export interface JournalKeeperOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ProjectionStore;
  /** Whatever the store holds is true, and rows follow. Called once. */
  readonly onBegin: () => void;
  readonly onRow: (row: FollowedRow, sequence: Sequence) => void;
}

/**
 * Keeps the store in step with execution's journal. A start goes on from the last commit when the journal still holds
 * that row, else from an empty store. Live rows carry no hash, so commits wait until the newest row's is known.
 */
export class JournalKeeper {
  readonly #options: JournalKeeperOptions;
  #follower: ExecutionFollower | undefined;
  #announced = nothing;
  #committed = nothing;
  #stopCheck: StopTimer = () => {};
  #stopCommits: StopTimer = () => {};

  constructor(options: JournalKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const checkpoint = this.#options.store.checkpoint();
    if (checkpoint === undefined) this.#rebuild('it is new');
    else {
      this.#stopCheck = checkCheckpoint(this.#options, checkpoint, (isHeld) => {
        if (isHeld) this.#begin(checkpoint.sequence);
        else this.#rebuild(`execution's journal does not hold its row ${checkpoint.sequence}`);
      });
    }
    this.#stopCommits = this.#options.clock.every(commitIntervalUs, () => this.#commitSoon());
  }

  stop(): void {
    this.#stopCheck();
    this.#stopCommits();
    this.#follower?.stop();
    this.#commit();
  }

  get applied(): Sequence {
    return this.#follower?.applied ?? nothing;
  }

  get complete(): boolean {
    return this.#follower?.complete ?? false;
  }

  get ledgerId(): LedgerId | undefined {
    return this.#follower?.ledgerId;
  }

  /** The newest row whose hash is known. */
  get verified(): { readonly sequence: Sequence; readonly hash: string } {
    return this.#follower?.verified ?? { sequence: nothing, hash: '' };
  }

  /** Execution says that its rows reach up to here. */
  announce(head: Sequence): void {
    this.#announced = head;
    this.#follower?.announce(head);
  }

  /** Execution has started again, maybe on another journal. Then the service ends, and the next start rebuilds. */
  checkAgain(): void {
    const checkpoint = this.#options.store.checkpoint();
    if (this.#follower === undefined || checkpoint === undefined) return;
    this.#stopCheck();
    this.#stopCheck = checkCheckpoint(this.#options, checkpoint, (isHeld) => {
      if (!isHeld) throw new Error(`execution's journal no longer holds row ${checkpoint.sequence}`);
    });
  }

  #rebuild(why: string): void {
    this.#options.log.info('the projections are built anew', { why });
    this.#options.store.clear();
    this.#begin(nothing);
  }

  #begin(after: Sequence): void {
    const { bus, clock, onBegin, onRow } = this.#options;
    this.#committed = after;
    onBegin();
    this.#follower = new ExecutionFollower({ bus, clock, onRow, onProgress: () => this.#commit(), after });
    this.#follower.start();
    if (this.#announced > after) this.#follower.announce(this.#announced);
  }

  #commitSoon(): void {
    this.#commit();
    // The answer brings the newest hash, and with it the commit.
    if (this.applied > this.#committed) this.#follower?.refresh();
  }

  #commit(): void {
    const { ledgerId, verified, applied } = this;
    if (ledgerId === undefined || verified.sequence !== applied || applied === this.#committed) return;
    this.#options.store.commit({ ledgerId, ...verified });
    this.#committed = applied;
  }
}
