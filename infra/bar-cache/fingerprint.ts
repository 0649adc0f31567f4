import { createHash } from 'node:crypto';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { type BarColumns, blocksWithin, columnNames, type OpenRange } from './bar-columns.ts';

/**
 * SHA-256 over the rows of a series, however they are cut into blocks and whatever file they came from: one hash a
 * column over its doubles (little-endian), and one over instrument, interval, length and those six in hexadecimal.
 */
export class SeriesHash {
  readonly #columns = columnNames.map((name) => ({ name, hash: createHash('sha256') }));
  #length = 0;

  add(rows: BarSeries): void {
    for (const { name, hash } of this.#columns) {
      const column = rows[name];
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
    this.#length += rows.length;
  }

  /** To be asked for once. */
  fingerprint({ instrument, interval }: Pick<BarSeries, 'instrument' | 'interval'>): string {
    const columns = this.#columns.map(({ hash }) => hash.digest('hex'));
    return sha256([instrument, interval, this.#length, ...columns].join(' '));
  }
}

/** Of the rows of a part; those of the whole are known already. */
export function fingerprintWithin(columns: BarColumns, range: OpenRange): string {
  const first = columns.blocks.at(0)?.firstOpenTime ?? Number.POSITIVE_INFINITY;
  const last = columns.blocks.at(-1)?.lastOpenTime ?? Number.NEGATIVE_INFINITY;
  if (range.from <= first && range.to > last) return columns.fingerprint;
  const hash = new SeriesHash();
  for (const rows of blocksWithin(columns, range)) hash.add(rows);
  return hash.fingerprint(columns);
}

/** Of several series in any order, and of what else is a part of the data, such as dividends and splits. */
export function combinedFingerprint(parts: readonly string[]): string {
  return sha256([...parts].sort().join('\n'));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
