import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { bytesPerRow } from './bar-columns.ts';

/**
 * A file of bars: a header, blocks of columns, an index in JSON, a trailer. Every byte is compared or covered by a
 * checksum, so that a file cut off or damaged anywhere is found out. Numbers are little-endian.
 */
export const formatVersion = 1;
const headerBytes = 64;
const trailerBytes = 16;
const trailerMark = Buffer.from('barsend\n', 'latin1');

/** 64 bytes, so that columns lie on the borders of doubles. */
export const header = Buffer.alloc(headerBytes);
header.write(`interlock bars ${formatVersion}\n`, 'latin1');

const count = z.int().nonnegative();
const block = z.strictObject({
  offset: count,
  rows: z.int().positive(),
  /** CRC-32 of the block's bytes. */
  checksum: count,
  firstOpenTime: z.int(),
  lastOpenTime: z.int(),
});
const indexSchema = z.strictObject({
  /** What the rows were made of, for people. */
  source: z.record(z.string(), z.unknown()),
  series: z.array(
    z.strictObject({
      instrument: z.string().min(1).transform(brandOf.instrumentId),
      interval: z.int().positive().transform(brandOf.durationUs),
      length: count,
      fingerprint: z.string(),
      blocks: z.array(block),
    }),
  ),
});

export type BarFileIndex = z.output<typeof indexSchema>;
export type StoredSeries = BarFileIndex['series'][number];
export type StoredBlock = StoredSeries['blocks'][number];

/** What follows the blocks. */
export function encodeEnd(index: BarFileIndex): Buffer {
  const json = Buffer.from(JSON.stringify(index));
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(json.length, 0);
  trailer.writeUInt32LE(crc32(json), 4);
  trailerMark.copy(trailer, 8);
  return Buffer.concat([json, trailer]);
}

/** The index of a file, read by `read`; undefined when anything is not as it was written. */
export function decodeIndex(
  sizeBytes: number,
  read: (place: { readonly offset: number; readonly bytes: number }) => Buffer,
): BarFileIndex | undefined {
  if (sizeBytes < headerBytes + trailerBytes) return undefined;
  if (!read({ offset: 0, bytes: headerBytes }).equals(header)) return undefined;
  const trailer = read({ offset: sizeBytes - trailerBytes, bytes: trailerBytes });
  if (!trailer.subarray(8).equals(trailerMark)) return undefined;
  const bytes = trailer.readUInt32LE(0);
  const offset = sizeBytes - trailerBytes - bytes;
  if (offset < headerBytes) return undefined;
  const json = read({ offset, bytes });
  if (crc32(json) !== trailer.readUInt32LE(4)) return undefined;
  const index = indexSchema.parse(JSON.parse(json.toString()));
  return coversAll(index, { from: headerBytes, to: offset }) ? index : undefined;
}

/** Blocks lie one after another without a hole, and hold the rows that the series are said to have. */
function coversAll(index: BarFileIndex, bytes: { readonly from: number; readonly to: number }): boolean {
  const blocks = index.series
    .flatMap((series) => series.blocks)
    .sort((one, other) => one.offset - other.offset);
  let end = bytes.from;
  for (const { offset, rows } of blocks) {
    if (offset !== end) return false;
    end += rows * bytesPerRow;
  }
  const rowsOf = ({ blocks: own }: StoredSeries): number => own.reduce((sum, { rows }) => sum + rows, 0);
  return end === bytes.to && index.series.every((series) => rowsOf(series) === series.length);
}
