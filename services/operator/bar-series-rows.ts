import type { BarColumns } from '../../infra/bar-cache/bar-columns.ts';
import { intervalToken } from '../kernel/bus/interval-token.ts';
import { isoTime } from '../kernel/clock/iso-time.ts';

type Described = Pick<BarColumns, 'instrument' | 'interval' | 'length' | 'fingerprint' | 'blocks'>;

export const seriesHeader = ['instrument', 'interval', 'rows', 'first close', 'last close', 'fingerprint'];
const fingerprintCharacters = 12;

/** A series as plain values. Times are closes: when a bar was known. */
export function plainSeries({ instrument, interval, length, fingerprint, blocks }: Described) {
  const close = (openTime: number | undefined): string | undefined =>
    openTime === undefined ? undefined : isoTime(openTime + interval);
  return {
    instrument,
    interval: intervalToken(interval),
    rows: length,
    from: close(blocks.at(0)?.firstOpenTime),
    to: close(blocks.at(-1)?.lastOpenTime),
    fingerprint,
  };
}

/** The same as a row of a table. */
export function seriesRow(series: Described): readonly string[] {
  const { instrument, interval, rows, from, to, fingerprint } = plainSeries(series);
  const time = (text: string | undefined): string => text?.slice(0, 16).replace('T', ' ') ?? '-';
  return [
    instrument,
    interval,
    rows.toLocaleString('en'),
    time(from),
    time(to),
    fingerprint.slice(0, fingerprintCharacters),
  ];
}
