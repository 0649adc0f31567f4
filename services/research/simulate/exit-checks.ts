import type { ExitEvent } from '../../../protos/gen/order.ts';
import type { LedgerEvent } from '../../../protos/gen/portfolio.ts';
import type { InstrumentId } from '../../kernel/codec/brand.ts';
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
  readonly #takenOver = new Set<InstrumentId>();

  constructor(parts: {
    readonly venue: VenueView;
    readonly fills: FillChecks;
    readonly verdicts: Verdicts;
  }) {
    this.#venue = parts.venue;
    this.#fills = parts.fills;
    this.#verdicts = parts.verdicts;
  }

  /** Whatever was taken over belongs to no strategy's orders here, of which the venue knows nothing. */
  onLedger({ body }: LedgerEvent): void {
    if (body.case === 'positionAdjusted' && body.value.reason === 'correction') {
      this.#takenOver.add(body.value.instrument);
    }
  }

  onExit({ exitId, instrument: only, strategy, body }: ExitEvent): void {
    this.#verdicts.note(`exit ${exitId} ${body.case}`);
    if (body.case !== 'completed') return;
    for (const instrument of only === undefined ? symbols : [only]) {
      if (strategy !== undefined && this.#takenOver.has(instrument)) continue;
      const venue = this.#venue;
      const net = venue.position(instrument);
      // What one strategy holds against the lots of others cannot reduce what the venue has.
      const held =
        strategy === undefined
          ? net
          : reducible(venue.held(strategy, instrument), net - this.#unheard(strategy, instrument));
      const slack = venue.unforeseen.get(instrument) ?? 0n;
      if (held <= slack && -held <= slack) continue;
      const detail = `exit ${exitId} is said to be complete, and ${toDouble(held)} of ${instrument} are held`;
      this.#verdicts.broken('NOT_FLAT', detail);
    }
  }

  /** Fills of others, who go on trading, that execution has not heard of: by them it can judge nothing yet. */
  #unheard(strategy: string, instrument: InstrumentId): bigint {
    let sum = 0n;
    for (const trade of this.#venue.trades) {
      const { intent } = trade.order;
      if (intent.instrument !== instrument || intent.strategy === strategy) continue;
      if (this.#fills.isBooked(trade) || this.#venue.bustsUnheard.has(trade.executionId)) continue;
      const quantity = this.#venue.fills.get(trade.executionId) ?? 0n;
      sum += intent.side === 'buy' ? quantity : -quantity;
    }
    return sum;
  }
}

/** Of a strategy's position what its sale would take off the net one. */
function reducible(own: bigint, net: bigint): bigint {
  return own > 0n === net > 0n ? smaller(own, net) : 0n;
}

function smaller(one: bigint, other: bigint): bigint {
  return (one < 0n ? -one : one) < (other < 0n ? -other : other) ? one : other;
}
