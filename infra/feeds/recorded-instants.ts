import { Bar, CorporateAction, FeedStatus, OptionChain, Quote, Trade } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Datum, Instant } from '../../services/kernel/venue/market-feed.ts';
import { type Publication, publicationsIn } from '../recording/recorded-market.ts';

export interface RecordedRange {
  /** In the order of the starts that they tell of. */
  readonly files: readonly string[];
  readonly symbols: ReadonlySet<InstrumentId>;
  /** Of the feed's own bars; others were made of ticks, and will be made again. */
  readonly barInterval: DurationUs | undefined;
  /** Market time in microseconds: first of all, and the first no more. */
  readonly from: number;
  readonly to: number;
}

/**
 * Instants as they were published. What was sent again, after a broken connection or by a new start, is given once:
 * market time only goes on.
 */
export function* recordedInstants(range: RecordedRange): Generator<Instant, undefined> {
  const building = new InstantBuilder();
  for (const file of range.files) {
    for (const publication of publicationsIn(file)) {
      if (publication.type === FeedStatus.name) {
        building.takeStatus(FeedStatus.decode(publication.payload));
        continue;
      }
      const datum = datumIn(publication);
      if (datum === undefined || !isWanted(datum, range)) continue;
      const finished = building.takeDatum(datum, publication);
      if (finished !== undefined) yield finished;
    }
  }
  const last = building.finish();
  if (last !== undefined) yield last;
  return undefined;
}

class InstantBuilder {
  #data: Datum[] = [];
  #ids = new Set<string>();
  #time: TimestampUs | undefined;
  #market: Instant['market'] = 'closed';
  /** Of the instant under way: what was told at its own time counts, what is told later is of the next one. */
  #marketAtTime: Instant['market'] = 'closed';

  takeStatus({ market, marketTime }: FeedStatus): void {
    // Nothing trades in a halt.
    this.#market = market === 'open' ? 'open' : 'closed';
    if (this.#time !== undefined && marketTime <= this.#time) this.#marketAtTime = this.#market;
  }

  /** The instant before, once one of a later time has begun. */
  takeDatum(datum: Datum, { id }: Publication): Instant | undefined {
    if (this.#time !== undefined && datum.time < this.#time) return undefined;
    const finished = this.#time === datum.time ? undefined : this.finish();
    if (this.#time !== datum.time) {
      this.#time = datum.time;
      this.#marketAtTime = this.#market;
    }
    if (id !== undefined && this.#ids.has(id)) return finished;
    if (id !== undefined) this.#ids.add(id);
    this.#data.push(datum);
    return finished;
  }

  finish(): Instant | undefined {
    if (this.#time === undefined) return undefined;
    const instant = { time: this.#time, data: this.#data, market: this.#marketAtTime };
    this.#time = undefined;
    this.#data = [];
    this.#ids = new Set();
    return instant;
  }
}

function datumIn({ type, payload, eventTime }: Publication): Datum | undefined {
  const time = brandOf.timestampUs(eventTime);
  switch (type) {
    case Quote.name:
      return { kind: 'quote', time, quote: Quote.decode(payload) };
    case Trade.name:
      return { kind: 'trade', time, trade: Trade.decode(payload) };
    case Bar.name:
      return { kind: 'bar', time, bar: Bar.decode(payload) };
    case OptionChain.name:
      return { kind: 'chain', time, chain: OptionChain.decode(payload) };
    case CorporateAction.name:
      return { kind: 'corporateAction', time, action: CorporateAction.decode(payload) };
    default:
      return undefined;
  }
}

function isWanted(datum: Datum, { symbols, barInterval, from, to }: RecordedRange): boolean {
  if (datum.time < from || datum.time >= to) return false;
  switch (datum.kind) {
    case 'quote':
      return symbols.has(datum.quote.instrument);
    case 'trade':
      return symbols.has(datum.trade.instrument);
    case 'bar':
      return datum.bar.interval === barInterval && symbols.has(datum.bar.instrument);
    case 'chain':
      return symbols.has(datum.chain.underlying);
    case 'corporateAction':
      return symbols.has(datum.action.instrument);
  }
}
