import { createRunningDigest } from '../../../infra/sim/running-digest.ts';
import type { InstrumentId } from '../../kernel/codec/brand.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';

const rowsAtOnce = 1_024;
const encoder = new TextEncoder();

/**
 * SHA-256 over all that was played, in its order, whatever file it came from: the same rows have the same fingerprint.
 * A row is eight doubles: time, kind and instrument, then what the datum says.
 */
export class DataFingerprint {
  readonly #digest = createRunningDigest();
  readonly #rows = new Float64Array(8 * rowsAtOnce);
  readonly #instruments = new Map<InstrumentId, number>();
  #length = 0;

  add(datum: Datum): void {
    const { time } = datum;
    switch (datum.kind) {
      case 'bar': {
        const { instrument, interval, open, high, low, close, volume } = datum.bar;
        this.#write(time, this.#numberOf(instrument), interval, open, high, low, close, volume);
        return;
      }
      case 'quote': {
        const { instrument, bidPrice, bidSize, askPrice, askSize } = datum.quote;
        this.#write(time, this.#numberOf(instrument), -1, bidPrice, bidSize, askPrice, askSize, 0);
        return;
      }
      case 'trade': {
        const { instrument, price, size } = datum.trade;
        this.#write(time, this.#numberOf(instrument), -2, price, size, 0, 0, 0);
        return;
      }
      case 'chain':
      case 'corporateAction':
        this.#flush();
        this.#digest.add(encoder.encode(JSON.stringify(datum, (_key, value) => plain(value))));
    }
  }

  end(): string {
    this.#flush();
    return this.#digest.end();
  }

  /** An instrument is told once by its name, then by its number. */
  #numberOf(instrument: InstrumentId): number {
    const known = this.#instruments.get(instrument);
    if (known !== undefined) return known;
    this.#flush();
    this.#digest.add(encoder.encode(instrument));
    const number = this.#instruments.size;
    this.#instruments.set(instrument, number);
    return number;
  }

  #write(...values: readonly number[]): void {
    this.#rows.set(values, this.#length);
    this.#length += 8;
    if (this.#length === this.#rows.length) this.#flush();
  }

  #flush(): void {
    if (this.#length > 0) this.#digest.add(new Uint8Array(this.#rows.buffer, 0, 8 * this.#length));
    this.#length = 0;
  }
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
