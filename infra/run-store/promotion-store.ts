import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../process/user-error.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { checked, jsonOf } from './run-document.ts';
import { RunStore } from './run-store.ts';

type Stage = 'paper' | 'live';

/** What is read back of a promotion; the record says more, for people. */
const recordSchema = z.object({
  /** Path of the profile that was written, and SHA-256 of its bytes. */
  profile: z.string().min(1),
  profileDigest: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
});

export interface WrittenPromotion {
  /** Paths of the profile and of the record beside the run. */
  readonly profile: string;
  readonly profileDigest: string;
  readonly kept: string;
}

export interface KnownPromotion {
  readonly profile: string;
  /** Of the file: as it was written, changed since then, or gone. */
  readonly state: 'unchanged' | 'edited' | 'gone';
}

/** Profiles that were made of a run, and what is kept of each beside it; the newest to a stage is the one that counts. */
export class PromotionStore {
  readonly #dataFolder: string;
  readonly #run: { readonly id: string; readonly folder: string };

  constructor(dataFolder: string, run: { readonly id: string; readonly folder: string }) {
    this.#dataFolder = dataFolder;
    this.#run = run;
  }

  /** The profile first, then the record that names it: killed between the two, the same promotion completes it. Throws a UserError. */
  write(
    to: Stage,
    {
      text,
      record,
      place,
    }: {
      readonly text: string;
      readonly record: Readonly<Record<string, unknown>>;
      /** Of the profile; absent: in the data folder. */
      readonly place: string | undefined;
    },
  ): WrittenPromotion {
    const { id, folder } = this.#run;
    const profile = resolve(place ?? join(this.#dataFolder, 'profiles', `${id}-${to}.yaml`));
    const profileDigest = digestOf(text);
    writeProfile(profile, text);
    const document = { to, run: id, profile, profileDigest, ...record };
    const lines = `${JSON.stringify(document, undefined, 2)}\n`;
    const kept = new RunStore(this.#dataFolder).attach(folder, fileOf(to), lines);
    return { profile, profileDigest, kept };
  }

  /** Undefined: there was none. Throws a UserError where its record is damaged. */
  known(to: Stage): KnownPromotion | undefined {
    const { folder } = this.#run;
    const text = new RunStore(this.#dataFolder).attached(folder, fileOf(to));
    if (text === undefined) return undefined;
    const file = join(folder, fileOf(to));
    const { profile, profileDigest } = checked(recordSchema, jsonOf(file, text), file);
    if (!existsSync(profile)) return { profile, state: 'gone' };
    const isSame = digestOf(readFileSync(profile, 'utf8')) === profileDigest;
    return { profile, state: isSame ? 'unchanged' : 'edited' };
  }
}

function fileOf(to: Stage): string {
  return `promotion-${to}.json`;
}

/** What is there is never overwritten: the same is left as it is, anything else is refused. */
function writeProfile(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeDurably(unfinished, text);
    // Killed before, it is not there at all; and nothing that came meanwhile is written over.
    if (!isLinked(unfinished, path)) requireSame(path, text);
    rmSync(unfinished);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(unfinished, { force: true });
    if (cause instanceof UserError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      exitCodes.cannotWrite,
      `${path} cannot be written: ${detail}. Name another --profile-out.`,
      { cause },
    );
  }
}

/** False: there is something of that name already. */
function isLinked(unfinished: string, path: string): boolean {
  try {
    linkSync(unfinished, path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cause;
  }
}

function requireSame(path: string, text: string): void {
  if (readFileSync(path, 'utf8') === text) return;
  throw new UserError(
    exitCodes.cannotWrite,
    `${path} exists already, and says something else: move it away, or name another --profile-out.`,
  );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
