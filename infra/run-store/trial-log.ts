import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes, UserError } from '../process/user-error.ts';
import { RunStore } from './run-store.ts';
import { type TrialData, trialDataOf } from './trial-data.ts';

/** Version 1 knew trials by their rows' fingerprint alone. */
const schemaVersion = 2;
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
`;

/** Names of instruments as a JSON array; times are of closes, absent of data without a bar. */
const dataSetSchema = `
  CREATE TABLE data_set (
    fingerprint TEXT PRIMARY KEY,
    instruments TEXT NOT NULL,
    interval INTEGER,
    first_close INTEGER,
    last_close INTEGER
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};
`;

const rememberDataSet = `
  INSERT INTO data_set (fingerprint, instruments, interval, first_close, last_close) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (fingerprint) DO UPDATE SET
      first_close = min(ifnull(first_close, excluded.first_close), ifnull(excluded.first_close, first_close)),
      last_close = max(ifnull(last_close, excluded.last_close), ifnull(excluded.last_close, last_close))
`;

/** One instrument in common, and a moment in common. */
const overlapping = `
  SELECT fingerprint FROM data_set WHERE first_close <= :to AND last_close >= :from
    AND EXISTS (SELECT 1 FROM json_each(data_set.instruments)
      WHERE value IN (SELECT value FROM json_each(:instruments)))
`;

/** One attempt at finding something in a data set, kept whether it was liked or not. */
export interface Trial {
  readonly kind: 'backtest' | 'screen' | 'walkForward';
  readonly data: TrialData;
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
  /** Different attempts: the same strategy, parameters and seed again on the same rows is the same attempt. */
  readonly trials: number;
  /** All that ran, repetitions included. */
  readonly runs: number;
  /**
   * Sample variance of the different attempts' scores: Sharpe ratio per period times the root of the periods, which for
   * attempts without skill spreads as widely over a week as over twenty years. Undefined with fewer than two.
   */
  readonly scoreVariance: number | undefined;
  readonly bestSharpePerPeriod: number | undefined;
}

/**
 * `research/trials.sqlite` in the data folder: a row for every run ever made, so that nobody has to remember how often
 * he has tried. A trial stands behind every run that shares an instrument and a moment with it, whatever the interval,
 * the file or the last day that was asked for: who looks at almost the same data again has not forgotten what he saw.
 */
export class TrialLog {
  readonly #database: DatabaseSync;

  constructor(dataFolder: string) {
    const folder = join(dataFolder, 'research');
    const path = join(folder, 'trials.sqlite');
    try {
      mkdirSync(folder, { recursive: true });
      this.#database = opened(path, dataFolder);
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
      rememberDataSets(
        this.#database,
        trials.map(({ data }) => data),
      );
      for (const trial of trials) {
        insert.run(
          now.getTime(),
          trial.kind,
          trial.data.fingerprint,
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

  /** Of all trials that stand behind a run on these data. */
  summary({ fingerprint, instruments, from, to }: Omit<TrialData, 'interval'>): TrialSummary {
    const sharpes: number[] = [];
    const scores: number[] = [];
    let trials = 0;
    let runs = 0;
    // The last run of an attempt speaks for it: mended code has the last word.
    const attempts = this.#database
      .prepare(
        `SELECT COUNT(*) AS runs, MAX(number), sharpe_per_period, periods FROM trial
          WHERE data_fingerprint = :fingerprint OR data_fingerprint IN (${overlapping})
          GROUP BY data_fingerprint, strategy, parameters_digest, seed`,
      )
      .iterate({ fingerprint, instruments: JSON.stringify(instruments), from: finite(from), to: finite(to) });
    for (const attempt of attempts) {
      trials += 1;
      runs += Number(attempt.runs);
      if (typeof attempt.sharpe_per_period !== 'number') continue;
      sharpes.push(attempt.sharpe_per_period);
      scores.push(attempt.sharpe_per_period * Math.sqrt(Number(attempt.periods)));
    }
    return {
      trials,
      runs,
      scoreVariance: varianceOf(scores),
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

function opened(path: string, dataFolder: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: lockWaitMsMax });
  try {
    database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) database.exec(schema);
    if (version < schemaVersion) {
      database.exec(dataSetSchema);
      // What an older version did not write down stands in the stored runs. A trial on rows that none of them had
      // counts on exactly these rows, until something runs on them again.
      const runs = version === 0 ? [] : new RunStore(dataFolder).list();
      rememberDataSets(
        database,
        runs.flatMap((run) => (run.ok ? [trialDataOf(run.document.head)] : [])),
      );
    }
    database.exec('COMMIT');
    if (version <= schemaVersion) return database;
    throw new UserError(
      exitCodes.corruptData,
      `${path} is of version ${version}, this program knows ${schemaVersion}: use the newer program, or move the file away and begin to count anew.`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

function rememberDataSets(database: DatabaseSync, sets: readonly TrialData[]): void {
  const remember = database.prepare(rememberDataSet);
  const known = new Set<TrialData>();
  for (const data of sets) {
    // The trials of one search share what they ran on.
    if (known.has(data)) continue;
    known.add(data);
    const { fingerprint, instruments, interval, from, to } = data;
    remember.run(fingerprint, JSON.stringify(instruments), interval ?? null, finite(from), finite(to));
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
