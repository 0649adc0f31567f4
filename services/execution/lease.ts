import type { LeaseGrant } from '../../protos/gen/control.ts';
import type { TradingMode, TradingState } from '../../protos/gen/risk.ts';
import type { Epoch, Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { limits } from './execution-options.ts';

export type GrantVerdict = 'fresh' | 'newEpoch' | 'unknownNonce' | 'superseded' | 'oldEpoch' | 'otherBuild';

interface Asked {
  readonly sentUs: number;
  readonly tightenings: number;
}

const strictness: Readonly<Record<TradingMode, number>> = { active: 0, reducing: 1, halted: 2 };
const noEpoch = brandOf.epoch(0);

/**
 * Risk's permission to send. It counts from execution's own clock at the request, not from the answer's arrival, so
 * that a grant which took its time on the way is as old as it is.
 */
export class Lease {
  readonly #buildHash: string;
  readonly #asked = new Map<Sequence, Asked>();
  #nonce: Sequence;
  #freshUntilUs: number;
  #riskEpoch = noEpoch;
  #state: TradingState | undefined;
  #restrictionsSaid = 0;
  /** Times that something stricter was heard than what had been granted. */
  #tightenings = 0;

  /** Nonces begin at the epoch, so that a grant meant for an earlier process answers no request of this one. */
  constructor(options: { readonly epoch: Epoch; readonly buildHash: string; readonly nowUs: number }) {
    this.#buildHash = options.buildHash;
    this.#nonce = brandOf.sequence(options.epoch);
    this.#freshUntilUs = options.nowUs;
  }

  /** Risk's epoch that decisions must carry; 0 before the first grant. */
  get riskEpoch(): Epoch {
    return this.#riskEpoch;
  }

  get state(): TradingState | undefined {
    return this.#state;
  }

  /** Grows whenever risk says that not everything may be sent. */
  get restrictionsSaid(): number {
    return this.#restrictionsSaid;
  }

  request(nowUs: number): Sequence {
    this.#nonce = brandOf.sequence(this.#nonce + 1);
    this.#asked.set(this.#nonce, { sentUs: nowUs, tightenings: this.#tightenings });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > limits.leaseRequestsKeptMax && oldest !== undefined) this.#asked.delete(oldest);
    return this.#nonce;
  }

  take(grant: LeaseGrant): GrantVerdict {
    const asked = this.#asked.get(grant.nonce);
    // Nonces begin at the epoch: one that is still ahead is of a later start, and risk goes back to none.
    if (grant.nonce > this.#nonce) return 'superseded';
    if (asked === undefined) return 'unknownNonce';
    if (grant.buildHash !== this.#buildHash) return 'otherBuild';
    if (grant.riskEpoch < this.#riskEpoch) return 'oldEpoch';
    const isNewEpoch = grant.riskEpoch > this.#riskEpoch;
    this.#riskEpoch = grant.riskEpoch;
    // An answer to an earlier request would tell an earlier state.
    for (const nonce of this.#asked.keys()) if (nonce < grant.nonce) this.#asked.delete(nonce);
    // What was asked before something stricter was heard may have been answered before it was said.
    const isLater = asked.tightenings === this.#tightenings;
    if (isNewEpoch || isLater || this.#isStricter(grant.state)) this.#setState(grant.state);
    this.#freshUntilUs = Math.max(this.#freshUntilUs, asked.sentUs + limits.leaseValidUs);
    return isNewEpoch ? 'newEpoch' : 'fresh';
  }

  /**
   * What was said between two grants. Anybody may have said it, so it can only restrict; what is looser has to be
   * granted.
   */
  takeState(state: TradingState): 'ignored' | 'taken' | 'looser' {
    if (state.riskEpoch !== this.#riskEpoch || this.#state === undefined) return 'ignored';
    if (strictness[state.mode] < strictness[this.#state.mode]) return 'looser';
    if (this.#isStricter(state)) this.#tightenings += 1;
    this.#setState(state);
    return 'taken';
  }

  isFresh(nowUs: number): boolean {
    return nowUs < this.#freshUntilUs;
  }

  /** How long there has been none, since the start at most; negative while there is one. */
  lostForUs(nowUs: number): number {
    return nowUs - this.#freshUntilUs;
  }

  /** The bus is gone: whatever was granted, nobody could take it back. */
  drop(nowUs: number): void {
    this.#asked.clear();
    this.#freshUntilUs = Math.min(this.#freshUntilUs, nowUs);
  }

  #isStricter({ mode }: TradingState): boolean {
    return strictness[mode] > strictness[this.#state?.mode ?? 'active'];
  }

  #setState(state: TradingState): void {
    if (state.mode !== 'active') this.#restrictionsSaid += 1;
    this.#state = state;
  }
}
