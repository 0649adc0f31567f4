import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readContract } from '../../protos/generator/contract.ts';
import { projectFolders } from '../../protos/generator/project.ts';
import { indexOf, samplesOf } from './samples.ts';

const goldenFile = join(import.meta.dirname, 'messages.json');

/** A message as some version of the contract wrote it. Entries are added, never changed. */
export interface GoldenEntry {
  readonly message: string;
  readonly sample: string;
  /** 1 for the first contract that had the sample; a later one that writes it otherwise adds the next. */
  readonly version: number;
  readonly value: unknown;
  /** Hexadecimal. */
  readonly bytes: string;
}

export function readGoldenEntries(): readonly GoldenEntry[] {
  return JSON.parse(readFileSync(goldenFile, 'utf8'));
}

export function writeGoldenEntries(entries: readonly GoldenEntry[]): void {
  writeFileSync(goldenFile, `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`);
}

/** Every message of the contract as it is, with its samples. */
export function currentSamples() {
  const index = indexOf(readContract(projectFolders));
  return [...index.messages.values()].flatMap((message) =>
    samplesOf(index, message).map((sample) => ({ message: message.fullName, ...sample })),
  );
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** What JSON cannot hold gets a tag; absent fields vanish. */
export function jsonOf(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return { bigint: String(inner) };
      if (inner instanceof Uint8Array) return { bytes: hex(inner) };
      return Number.isNaN(inner) ? { number: 'NaN' } : inner;
    }),
  );
}
