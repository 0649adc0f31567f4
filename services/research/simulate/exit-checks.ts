import type { ExitEvent } from '../../../protos/gen/order.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import { symbols } from './house.ts';
import type { VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';

/** An exit says that it is complete, a liquidation among them, only when the venue holds nothing in its scope. */
export class ExitChecks {
  readonly #venue: VenueView;
  readonly #verdicts: Verdicts;

  constructor(venue: VenueView, verdicts: Verdicts) {
    this.#venue = venue;
    this.#verdicts = verdicts;
  }

  onExit({ exitId, instrument: only, strategy, body }: ExitEvent): void {
    this.#verdicts.note(`exit ${exitId} ${body.case}`);
    if (body.case !== 'completed') return;
    for (const instrument of only === undefined ? symbols : [only]) {
      const venue = this.#venue;
      const net = venue.position(instrument);
      const own = strategy === undefined ? net : venue.held(strategy, instrument);
      // What one strategy holds against the lots of others cannot reduce what the venue has.
      const held = own > 0n === net > 0n ? smaller(own, net) : 0n;
      const slack = venue.unforeseen.get(instrument) ?? 0n;
      if (held <= slack && -held <= slack) continue;
      const detail = `exit ${exitId} is said to be complete, and ${toDouble(held)} of ${instrument} are held`;
      this.#verdicts.broken('NOT_FLAT', detail);
    }
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return (one < 0n ? -one : one) < (other < 0n ? -other : other) ? one : other;
}
