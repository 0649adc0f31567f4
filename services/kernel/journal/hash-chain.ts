import type { LedgerId, Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import { copyOf } from '../codec/byte-slab.ts';
import { isSha256Of, sha256 } from '../signing/digest.ts';
import { JournalCorrupt, type JournalEvent, type JournalHead, type JournalRow } from './journal.ts';

/**
 * Each row's hash covers the row before it, so nobody can change, drop or move a row without changing all that
 * follow. The first row hangs on the ledger's own id: rows of one ledger never pass for those of another.
 */
export function genesisHead(ledgerId: LedgerId): JournalHead {
  return { sequence: brandOf.sequence(0), hash: sha256(`interlock journal ${ledgerId}`) };
}

/** The row that `event` becomes when it is appended after `head`. Its payload is a copy of the event's. */
export function chainRow(event: JournalEvent, head: JournalHead, aggregateSequence: Sequence): JournalRow {
  const row = {
    sequence: brandOf.sequence(head.sequence + 1),
    aggregate: event.aggregate,
    aggregateSequence,
    type: event.type,
    time: event.time,
    payload: copyOf(event.payload),
    previousHash: head.hash,
    // Only holds the place: it is no part of what is hashed.
    hash: head.hash,
  };
  row.hash = sha256(rowBytes(row));
  return row;
}

/** Gives the rows on, one by one, while they continue the chain from `head`; throws JournalCorrupt at the first that does not. */
export function* verifyRows(rows: Iterable<JournalRow>, head: JournalHead): Generator<JournalRow, void> {
  let previous = head;
  for (const row of rows) {
    const expected = previous.sequence + 1;
    if (row.sequence !== expected) {
      throw new JournalCorrupt(expected, `is missing, row ${row.sequence} was found in its place`);
    }
    if (!equalBytes(row.previousHash, previous.hash)) {
      throw new JournalCorrupt(expected, 'does not continue the hash of the row before it');
    }
    if (!isSha256Of(rowBytes(row), row.hash)) {
      throw new JournalCorrupt(expected, 'its hash does not match its content');
    }
    previous = row;
    yield row;
  }
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

const encoder = new TextEncoder();
const utf8BytesPerCharacterMax = 3;
const fixedBytes = 32 + 8 + 8 + 8 + 4 + 4;

/** Written anew for each row: a buffer a row would cost more than its hash, and so do views. */
let scratch = scratchOf(4096);

function scratchOf(bytesMax: number) {
  const bytes = new Uint8Array(bytesMax);
  return { bytes, view: new DataView(bytes.buffer) } as const;
}

/**
 * The bytes that are hashed, valid until the next call. Integers are big-endian: previousHash (32), sequence (8),
 * aggregateSequence (8), time (8), length of aggregate (4), aggregate in UTF-8, length of type (4), type in UTF-8,
 * payload to the end.
 */
function rowBytes(row: Omit<JournalRow, 'hash'>): Uint8Array {
  const textBytesMax = (row.aggregate.length + row.type.length) * utf8BytesPerCharacterMax;
  const bytesMax = fixedBytes + textBytesMax + row.payload.length;
  if (scratch.bytes.length < bytesMax) scratch = scratchOf(2 * bytesMax);
  const { bytes } = scratch;
  bytes.set(row.previousHash, 0);
  writeInteger(32, row.sequence);
  writeInteger(40, row.aggregateSequence);
  writeInteger(48, row.time);
  let end = writeText(56, row.aggregate);
  end = writeText(end, row.type);
  bytes.set(row.payload, end);
  return bytes.subarray(0, end + row.payload.length);
}

/** A safe integer as 64 bits in two's complement. */
function writeInteger(offset: number, value: number): void {
  scratch.view.setInt32(offset, Math.floor(value / 2 ** 32));
  scratch.view.setUint32(offset + 4, value >>> 0);
}

function writeText(offset: number, text: string): number {
  const start = offset + 4;
  const length = writeAscii(start, text) ?? encoder.encodeInto(text, scratch.bytes.subarray(start)).written;
  scratch.view.setUint32(offset, length);
  return start + length;
}

/** Names are nearly always plain. Undefined for a text that is not. */
function writeAscii(start: number, text: string): number | undefined {
  const { bytes } = scratch;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return undefined;
    bytes[start + index] = code;
  }
  return text.length;
}
