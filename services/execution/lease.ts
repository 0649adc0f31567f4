import type { LeaseGrant } from '../../protos/gen/control.ts';
import type { TradingState } from '../../protos/gen/risk.ts';
import type { Epoch, Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { limits } from './execution-options.ts';

export type GrantVerdict = 'fresh' | 'newEpoch' | 'unknownNonce' | 'oldEpoch' | 'otherBuild';

const noEpoch = brandOf.epoch(0);

/**
 * Risk's permission to send. It counts from execution's own clock at the request, not from the answer's arrival, so
 * that a grant which took its time on the way is as old as it is.
 */
export class Lease {
  readonly #buildHash: string;
  readonly #sentUs = new Map<Sequence, number>();
  #nonce: Sequence;
  #freshUntilUs: number;
  #riskEpoch = noEpoch;
  #state: TradingState | undefined;
  #restrictionsSaid = 0;

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
    this.#sentUs.set(this.#nonce, nowUs);
    const [oldest] = this.#sentUs.keys();
    if (this.#sentUs.size > limits.leaseRequestsKeptMax && oldest !== undefined) this.#sentUs.delete(oldest);
    return this.#nonce;
  }

  take(grant: LeaseGrant): GrantVerdict {
    const sentUs = this.#sentUs.get(grant.nonce);
    if (sentUs === undefined) return 'unknownNonce';
    if (grant.buildHash !== this.#buildHash) return 'otherBuild';
    if (grant.riskEpoch < this.#riskEpoch) return 'oldEpoch';
    const isNewEpoch = grant.riskEpoch > this.#riskEpoch;
    this.#riskEpoch = grant.riskEpoch;
    this.#setState(grant.state);
    this.#freshUntilUs = Math.max(this.#freshUntilUs, sentUs + limits.leaseValidUs);
    return isNewEpoch ? 'newEpoch' : 'fresh';
  }

  /** A change of state between two grants; it lengthens nothing. */
  takeState(state: TradingState): boolean {
    if (state.riskEpoch !== this.#riskEpoch) return false;
    this.#setState(state);
    return true;
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
    this.#sentUs.clear();
    this.#freshUntilUs = Math.min(this.#freshUntilUs, nowUs);
  }

  #setState(state: TradingState): void {
    if (state.mode !== 'active') this.#restrictionsSaid += 1;
    this.#state = state;
  }
}
