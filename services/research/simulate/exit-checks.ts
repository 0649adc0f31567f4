import type { ExitEvent } from '../../../protos/gen/order.ts';
import { AcceptDifferences } from '../../../protos/gen/portfolio.ts';
import type { ExecutionFact } from '../../kernel/bus/execution-row.ts';
import type { ExecutionId, InstrumentId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { FillChecks } from './fill-checks.ts';
import { symbols } from './house.ts';
import type { VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';

/** An exit says that it is complete, a liquidation among them, only when the venue holds nothing in its scope. */
export class ExitChecks {
  readonly #venue: VenueView;
  readonly #fills: FillChecks;
  readonly #verdicts: Verdicts;
  /** A person has had the books take over what the venue held of them. */
  readonly #corrected = new Set<InstrumentId>();
  /** Not booked when a person had the books take over what the venue said. */
  readonly #takenOver = new Set<ExecutionId>();

  constructor(parts: {
    readonly venue: VenueView;
    readonly fills: FillChecks;
    readonly verdicts: Verdicts;
  }) {
    this.#venue = parts.venue;
    this.#fills = parts.fills;
    this.#verdicts = parts.verdicts;
  }

  /**
   * Whatever was taken over belongs to no strategy's orders here, of which the venue knows nothing. Fills that came to
   * nothing together are taken over without a correction.
   */
  onFact({ case: kind, value }: ExecutionFact): void {
    if (kind === 'exit') this.#onExit(value);
    if (kind === 'ledger' && value.body.case === 'positionAdjusted') {
      const { instrument, reason } = value.body.value;
      if (reason === 'correction') this.#corrected.add(instrument);
    }
    if (kind !== 'authority' || value.type !== AcceptDifferences.name || value.body.case !== 'accepted')
      return;
    for (const trade of this.#venue.trades) {
      if (!this.#fills.isBooked(trade)) this.#takenOver.add(trade.executionId);
    }
  }

  #onExit({ exitId, instrument: only, strategy, body }: ExitEvent): void {
    this.#verdicts.note(`exit ${exitId} ${body.case}`);
    if (body.case !== 'completed') return;
    for (const instrument of only === undefined ? symbols : [only]) {
      if (strategy !== undefined && this.#corrected.has(instrument)) continue;
      const held =
        strategy === undefined ? this.#venue.position(instrument) : this.#heldBy(strategy, instrument);
      const slack = this.#venue.unforeseen.get(instrument) ?? 0n;
      if (held <= slack && -held <= slack) continue;
      const detail = `exit ${exitId} is said to be complete, and ${toDouble(held)} of ${instrument} are held`;
      this.#verdicts.broken('NOT_FLAT', detail);
    }
  }

  /**
   * What one strategy holds against the lots of others cannot reduce what the venue has. Fills of others, who go on
   * trading, count once execution has heard of them: by the rest it can judge nothing yet.
   */
  #heldBy(strategy: string, instrument: InstrumentId): bigint {
    let own = this.#venue.held(strategy, instrument);
    let net = this.#venue.position(instrument);
    for (const trade of this.#venue.trades) {
      const { intent } = trade.order;
      const isOwn = intent.strategy === strategy;
      if (intent.instrument !== instrument || (isOwn && !this.#takenOver.has(trade.executionId))) continue;
      if (this.#fills.isBooked(trade) || this.#venue.bustsUnheard.has(trade.executionId)) continue;
      const quantity = this.#venue.fills.get(trade.executionId) ?? 0n;
      const change = intent.side === 'buy' ? quantity : -quantity;
      net -= change;
      if (isOwn) own -= change;
    }
    return reducible(own, net);
  }
}

/** Of a strategy's position what its sale would take off the net one. */
function reducible(own: bigint, net: bigint): bigint {
  return own > 0n === net > 0n ? smaller(own, net) : 0n;
}

function smaller(one: bigint, other: bigint): bigint {
  return (one < 0n ? -one : one) < (other < 0n ? -other : other) ? one : other;
}
