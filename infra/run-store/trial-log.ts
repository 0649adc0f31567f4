import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes, UserError } from '../process/user-error.ts';

const schemaVersion = 1;
/** Several runs may end at once; each writes for milliseconds. */
const lockWaitMsMax = 30_000;

const schema = `
  CREATE TABLE trial (
    number INTEGER PRIMARY KEY,
    made_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data_fingerprint TEXT NOT NULL,
    strategy TEXT NOT NULL,
    parameters_digest TEXT NOT NULL,
    seed INTEGER NOT NULL,
    build_hash TEXT NOT NULL,
    periods INTEGER NOT NULL,
    sharpe_per_period REAL,
    skew REAL,
    kurtosis REAL
  ) STRICT;
  CREATE INDEX trial_on_data ON trial (data_fingerprint, strategy, parameters_digest, seed);
  PRAGMA user_version = ${schemaVersion};
`;

/** One attempt at finding something in a data set, kept whether it was liked or not. */
export interface Trial {
  readonly kind: 'backtest' | 'screen' | 'walkForward' | 'validate';
  readonly dataFingerprint: string;
  readonly strategy: string;
  /** Whatever was chosen for this attempt; its digest tells it from others. */
  readonly parameters: unknown;
  readonly seed: number;
  readonly buildHash: string;
  /** Returns that the figures were made from; undefined figures are of a run without enough of them. */
  readonly periods: number;
  readonly sharpePerPeriod: number | undefined;
  readonly skew: number | undefined;
  /** Plain, 3 for the normal distribution. */
  readonly kurtosis: number | undefined;
}

export interface TrialSummary {
  /** Different attempts: the same strategy, parameters and seed again is the same attempt. */
  readonly trials: number;
  /** All that ran, repetitions included. */
  readonly runs: number;
  /** Sample variance of the different attempts' Sharpe ratios per period; undefined with fewer than two. */
  readonly sharpeVariance: number | undefined;
  readonly bestSharpePerPeriod: number | undefined;
}

/**
 * `research/trials.sqlite` in the data folder: a row for every run ever made, so that nobody has to remember how often
 * he has tried. A trial counts on the very data that it ran on: the same rows, whatever file they came from.
 */
export class TrialLog {
  readonly #database: DatabaseSync;

  constructor(dataFolder: string) {
    const folder = join(dataFolder, 'research');
    const path = join(folder, 'trials.sqlite');
    try {
      mkdirSync(folder, { recursive: true });
      this.#database = opened(path);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        exitCodes.cannotWrite,
        `${path}: ${detail}. It counts every run ever made, so no run goes on without it: mend the folder, or move the file away and begin to count anew.`,
        { cause },
      );
    }
  }

  /** All or none; on the disk when it returns. */
  record(trials: readonly Trial[], now = new Date()): void {
    const insert = this.#database.prepare(
      `INSERT INTO trial (made_at, kind, data_fingerprint, strategy, parameters_digest, seed, build_hash, periods,
        sharpe_per_period, skew, kurtosis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const trial of trials) {
        insert.run(
          now.getTime(),
          trial.kind,
          trial.dataFingerprint,
          trial.strategy,
          digestOf(trial.parameters),
          trial.seed,
          trial.buildHash,
          trial.periods,
          finite(trial.sharpePerPeriod),
          finite(trial.skew),
          finite(trial.kurtosis),
        );
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  summary(dataFingerprint: string): TrialSummary {
    const sharpes: number[] = [];
    let trials = 0;
    let runs = 0;
    // The last run of an attempt speaks for it: mended code has the last word.
    const attempts = this.#database
      .prepare(
        `SELECT COUNT(*) AS runs, MAX(number), sharpe_per_period FROM trial WHERE data_fingerprint = ?
          GROUP BY strategy, parameters_digest, seed`,
      )
      .iterate(dataFingerprint);
    for (const attempt of attempts) {
      trials += 1;
      runs += Number(attempt.runs);
      if (typeof attempt.sharpe_per_period === 'number') sharpes.push(attempt.sharpe_per_period);
    }
    return {
      trials,
      runs,
      sharpeVariance: varianceOf(sharpes),
      bestSharpePerPeriod: sharpes.reduce<number | undefined>(
        (best, sharpe) => (best === undefined || sharpe > best ? sharpe : best),
        undefined,
      ),
    };
  }

  close(): void {
    this.#database.close();
  }
}

function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: lockWaitMsMax });
  try {
    database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) database.exec(schema);
    database.exec('COMMIT');
    if (version === 0 || version === schemaVersion) return database;
    throw new UserError(
      exitCodes.corruptData,
      `${path} is of version ${version}, this program knows ${schemaVersion}: use the newer program, or move the file away and begin to count anew.`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Equal contents have equal digests, whatever the order of their keys. */
function digestOf(parameters: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(parameters, sortedKeys) ?? '')
    .digest('hex');
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function varianceOf(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
