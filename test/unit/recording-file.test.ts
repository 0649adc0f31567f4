// Aim: a recording comes back as it was written, also when its writer was killed; one that was damaged is refused by place.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { exitCodes } from '../../infra/process/user-error.ts';
import { EntryWriter } from '../../infra/recording/entry.ts';
import { RecordingReader, RecordingWriter } from '../../infra/recording/recording-file.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { valueAt } from '../../services/operator/json-value.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-recording-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const header = {
  service: 'risk',
  epoch: brandOf.epoch(7),
  buildHash: 'build',
  dataFolder: 'data',
  keyFolder: 'keys',
  loaded: loadProfile('paper'),
};

const blocks = 300;
const large = new Uint8Array(300_000).fill(7);

/** Many small blocks and some larger than any buffer, written while earlier ones are on their way. */
async function write(path: string, count = blocks): Promise<void> {
  const failures: Error[] = [];
  const writer = new RecordingWriter(path, header, (error) => failures.push(error));
  const entries = new EntryWriter();
  for (let block = 0; block < count; block += 1) {
    entries.call('bus.publish', { block, amount: BigInt(block) ** 5n, bytes: large.subarray(0, block) });
    entries.clock('monotonic', block + 0.5);
    entries.value('return', undefined);
    if (block % 100 === 99) entries.input(block * 1_000, large);
    writer.append(entries.take());
    if (block % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  writer.close();
  expect(failures).toEqual([]);
}

function read(path: string) {
  const reader = new RecordingReader(path);
  try {
    const entries = [...reader.read()];
    return { header: reader.header, entries, tornBytes: reader.tornBytes };
  } finally {
    reader.close();
  }
}

function refusalOf(path: string): unknown {
  try {
    read(path);
  } catch (error) {
    return error;
  }
  throw new Error('it was read');
}

it('gives back header and entries exactly', async () => {
  const path = join(folder, 'whole.recording');
  await write(path);
  const { header: found, entries, tornBytes } = read(path);
  expect(found).toEqual(header);
  expect(tornBytes).toBe(0);
  expect(entries).toHaveLength(blocks * 3 + 3);
  expect(entries.slice(0, 3)).toMatchObject([
    { kind: 'call', name: 'bus.publish' },
    { kind: 'clock', which: 'monotonic', readUs: 0.5 },
    { kind: 'return' },
  ]);
  const calls = entries.filter((entry) => entry.kind === 'call');
  expect(calls.map(({ given }) => valueAt(given, 'block'))).toEqual([...Array(blocks).keys()]);
  expect(calls[9]?.given).toEqual({ block: 9, amount: 59049n, bytes: large.slice(0, 9) });
  const inputs = entries.filter((entry) => entry.kind === 'input');
  expect(inputs.map(({ way }) => way)).toEqual([99_000, 199_000, 299_000]);
  expect(inputs[2]?.given).toEqual(large);
});

it('cuts a torn end wherever it was torn, and keeps all before', async () => {
  const path = join(folder, 'torn.recording');
  await write(path);
  const whole = readFileSync(path);
  const { entries } = read(path);
  const lastBlockBytes = 300_000;
  for (const lost of [1, 7, 1_000, lastBlockBytes]) {
    writeFileSync(path, whole);
    truncateSync(path, whole.length - lost);
    const torn = read(path);
    expect(torn.tornBytes).toBeGreaterThan(0);
    expect(torn.entries).toEqual(entries.slice(0, torn.entries.length));
    expect(torn.entries.length).toBeGreaterThan(entries.length - 8);
  }
  // A disk that was to hold more than came to it.
  writeFileSync(path, whole);
  appendFileSync(path, Buffer.alloc(4_096));
  expect(read(path)).toMatchObject({ tornBytes: 4_096, entries: { length: entries.length } });
  // The same, in the middle of a block's head or of its content.
  for (const lost of [lastBlockBytes, lastBlockBytes + 200]) {
    const length = whole.length - lost;
    writeFileSync(path, Buffer.concat([whole.subarray(0, length), Buffer.alloc(lost + 4_096)]));
    expect(read(path).entries.length).toBeGreaterThan(entries.length - 8);
  }
});

/** Where each block begins: after the first line, and after the head and the content of the one before. */
function blocksOf(bytes: Buffer): readonly number[] {
  const offsets: number[] = [];
  for (
    let offset = bytes.indexOf('\n') + 1;
    offset < bytes.length;
    offset += 12 + bytes.readUInt32BE(offset)
  ) {
    offsets.push(offset);
  }
  return offsets;
}

it('refuses a single bit that is another, wherever it is before the end, naming file and block', async () => {
  const path = join(folder, 'damaged.recording');
  const count = 6;
  await write(path, count);
  const whole = readFileSync(path);
  const begins = blocksOf(whole);
  expect(begins).toHaveLength(count + 1);
  // The header's, one in the middle, and the last but one: every bit of the head, and some of the content.
  for (const block of [0, 3, count - 1]) {
    const begin = begins[block] ?? 0;
    const ofHead = Array.from({ length: 12 * 8 }, (_, bit) => ({
      at: begin + Math.floor(bit / 8),
      bit: bit % 8,
    }));
    const end = begins[block + 1] ?? 0;
    for (const { at, bit } of [...ofHead, { at: begin + 12, bit: 0 }, { at: end - 1, bit: 7 }]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, bytes);
      expect(refusalOf(path), `bit ${bit} of byte ${at}`).toMatchObject({
        exitCode: exitCodes.corruptData,
        message: expect.stringContaining(`damaged.recording: damaged at byte ${begin}: `),
      });
    }
  }
});

it('refuses a file that is no recording, and one that is not there', () => {
  const path = join(folder, 'other.recording');
  writeFileSync(path, 'something else, long enough to be read');
  expect(refusalOf(path)).toMatchObject({ exitCode: exitCodes.corruptData });
  expect(refusalOf(join(folder, 'none.recording'))).toMatchObject({ exitCode: exitCodes.unavailable });
});

it('never overwrites a recording', async () => {
  const path = join(folder, 'once.recording');
  await write(path);
  expect(() => new RecordingWriter(path, header, () => undefined)).toThrow(/EEXIST/);
});
