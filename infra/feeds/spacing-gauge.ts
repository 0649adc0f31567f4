import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { BarSink } from '../bar-cache/bar-file-writer.ts';

/** What the first rows of a file say of all of them. */
const rowsMax = 1_000;

/** Thrown to a reader that knows no other end than the file's. */
class Enough extends Error {}

export interface Spacing {
  /** That were looked at. */
  readonly rows: number;
  /** The median distance of a row from the one before it of its symbol; absent when no row follows another. */
  readonly intervalUs?: number | undefined;
}

/** Takes the first rows of a file and remembers how far they are apart: a sink for any reader. */
export class SpacingGauge {
  #rows = 0;
  readonly #distances: number[] = [];
  readonly #before = new Map<InstrumentId, number>();

  readonly sink: BarSink = {
    series: (instrument) => ({
      add: ({ openTime }) => {
        if (this.#rows === rowsMax) throw new Enough();
        this.#rows += 1;
        const distance = openTime - (this.#before.get(instrument) ?? openTime);
        if (distance > 0) this.#distances.push(distance);
        this.#before.set(instrument, openTime);
        return undefined;
      },
    }),
  };

  /** What ended the reading. A bad row is for whoever reads all of the file to name, if those before it tell enough. */
  endedBy(error: unknown): void {
    if (!(error instanceof Enough) && this.#distances.length === 0) throw error;
  }

  spacing(): Spacing {
    const sorted = this.#distances.toSorted((one, other) => one - other);
    return { rows: this.#rows, intervalUs: sorted[Math.floor((sorted.length - 1) / 2)] };
  }
}
