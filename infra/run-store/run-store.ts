import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { exitCodes, UserError } from '../process/user-error.ts';
import { readNumbers, readTable, writeNumbers, writeTable } from './csv-table.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import {
  damaged,
  documentOf,
  type Metrics,
  orderColumns,
  type RunDocument,
  readDocument,
  readOrder,
  readTrade,
  type StoredCurve,
  type StoredResult,
  tradeColumns,
} from './run-document.ts';

const files = {
  document: 'run.json',
  equity: 'equity.csv',
  trades: 'trades.csv',
  orders: 'orders.csv',
} as const;

const equityColumns = ['time', 'equity', 'cash', 'exposure'] as const;
const unfinishedPrefix = '.unfinished-';
const hashCharacters = 6;
/** Runs of the same second and hash: more would be a loop gone wrong. */
const namesakesMax = 1_000;

export interface RunToStore {
  /** What was typed after `interlock backtest`. */
  readonly arguments: readonly string[];
  readonly result: StoredResult;
  /** SHA-256 of each strategy's file, by its module as the profile names it. */
  readonly sources: Readonly<Record<string, string>>;
  readonly metrics: Metrics;
}

export interface StoredRun {
  readonly document: RunDocument;
  readonly folder: string;
  readonly result: StoredResult;
}

export type ListedRun =
  | { readonly ok: true; readonly folder: string; readonly document: RunDocument }
  | { readonly ok: false; readonly folder: string; readonly problem: string };

/**
 * Every run ever made: `research/runs/<id>/` in the data folder. A run is written into a folder that nobody lists, and
 * gets its name when all of it is on the disk, so that a run is there as a whole or not at all.
 */
export class RunStore {
  readonly folder: string;

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, 'research', 'runs');
  }

  /** Returns where the run is. Throws a UserError when the folder cannot be written. */
  save(
    run: RunToStore,
    now = new Date(),
  ): { readonly id: string; readonly madeAt: string; readonly folder: string } {
    const unfinished = this.#unfinishedFolder();
    const madeAt = now.toISOString();
    try {
      const { result } = run;
      const { time, equity, cash, exposure } = result.equity;
      writeNumbers(join(unfinished, files.equity), equityColumns, [time, equity, cash, exposure]);
      writeTable(join(unfinished, files.trades), tradeColumns, rowsOf(tradeColumns, result.trades));
      const orders = result.outcomes.map((order) => ({ ...order, reasons: order.reasons.join('\n') }));
      writeTable(join(unfinished, files.orders), orderColumns, rowsOf(orderColumns, orders));
      for (let namesake = 1; namesake <= namesakesMax; namesake += 1) {
        const id = idOf(run, now, namesake);
        const folder = join(this.folder, id);
        if (existsSync(folder)) continue;
        const document = documentOf({ id, madeAt, ...run });
        writeDurably(join(unfinished, files.document), `${JSON.stringify(document, undefined, 2)}\n`);
        syncFolder(unfinished);
        if (!renamed(unfinished, folder)) continue;
        syncFolder(this.folder);
        return { id, madeAt, folder };
      }
      throw new UserError(exitCodes.cannotWrite, `${this.folder} holds ${namesakesMax} runs of one second.`);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
  }

  /** Throws a UserError when no run can be stored here. */
  check(): void {
    rmSync(this.#unfinishedFolder(), { recursive: true });
  }

  /** The newest last. A run that cannot be read is listed with what is wrong with it. */
  list(): readonly ListedRun[] {
    return this.#ids().map((id) => {
      const folder = join(this.folder, id);
      try {
        return { ok: true, folder, document: documentIn(folder) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { ok: false, folder, problem: error.message };
      }
    });
  }

  /** Whether the name is a folder's, and neither that of a run nor one that a run is called by. */
  isOtherFolder(name: string): boolean {
    if (!(statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false)) return false;
    try {
      return !existsSync(join(this.#folderOf(name), files.document));
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  }

  /** `latest`, an id or a part that only one has, or the path of a run's folder. Throws UserError. */
  load(name: string): StoredRun {
    const folder = this.#folderOf(name);
    const document = documentIn(folder);
    const path = (file: string): string => existing(join(folder, file));
    const [time, equity, cash, exposure] = readNumbers(path(files.equity), {
      length: document.rows.equity,
      columns: equityColumns.length,
    });
    if (time === undefined || equity === undefined || cash === undefined || exposure === undefined) {
      throw new Error('as many columns are read as were asked for');
    }
    const trades = Array.from(readTable(path(files.trades)), ({ row, place }) => readTrade(row, place));
    const outcomes = Array.from(readTable(path(files.orders)), ({ row, place }) => readOrder(row, place));
    expectRows(path(files.trades), { expected: document.rows.trades, found: trades.length });
    expectRows(path(files.orders), { expected: document.rows.orders, found: outcomes.length });
    const curve: StoredCurve = { time, equity, cash, exposure, thinned: document.thinned };
    return { document, folder, result: { ...document.head, equity: curve, trades, outcomes } };
  }

  /**
   * Puts a file, such as the report, beside a run; one of the same name is replaced as a whole. Returns its path. Throws
   * a UserError when the folder cannot be written.
   */
  attach(folder: string, name: string, text: string): string {
    const path = join(folder, name);
    const unfinished = `${path}.${process.pid}.new`;
    try {
      writeDurably(unfinished, text);
      renameSync(unfinished, path);
    } catch (cause) {
      rmSync(unfinished, { force: true });
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        exitCodes.cannotWrite,
        `${name} cannot be put beside the run in ${folder}: ${detail}. Let it be written, or copy the data folder and name the copy with --data-folder.`,
        { cause },
      );
    }
    return path;
  }

  /** What was put there; undefined when nothing was. */
  attached(folder: string, name: string): string | undefined {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** The same of a folder of files by their paths, `/` between folders: all of it is there, or nothing. */
  attachFolder(folder: string, name: string, files: ReadonlyMap<string, string>): string {
    const path = join(folder, name);
    const unfinished = `${path}.${process.pid}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    for (const [file, text] of files) {
      const place = join(unfinished, file);
      mkdirSync(dirname(place), { recursive: true });
      writeDurably(place, text);
    }
    rmSync(path, { recursive: true, force: true });
    renameSync(unfinished, path);
    syncFolder(folder);
    return path;
  }

  #ids(): readonly string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  }

  #folderOf(name: string): string {
    if (/[/\\]/.test(name)) {
      if (existsSync(join(name, files.document))) return resolve(name);
      throw new UserError(
        exitCodes.unavailable,
        `no run in ${resolve(name)}: expected its ${files.document} there; "npx --no interlock report list" shows the runs of a data folder.`,
      );
    }
    const ids = this.#ids();
    const found =
      name === 'latest' ? ids.slice(-1) : ids.includes(name) ? [name] : ids.filter((id) => id.includes(name));
    const [id] = found;
    if (id !== undefined && found.length === 1) return join(this.folder, id);
    if (ids.length === 0) {
      throw new UserError(
        exitCodes.unavailable,
        `no run ${name === 'latest' ? '' : `${name} `}in ${this.folder}, and no other yet: "npx --no interlock backtest" makes one.`,
      );
    }
    const remedy = '"npx --no interlock report list" shows them';
    throw new UserError(
      exitCodes.unavailable,
      found.length === 0
        ? `no run ${name} in ${this.folder}: ${remedy}.`
        : `${found.length} runs are called ${name} (${found.slice(0, 3).join(', ')} …): ${remedy}.`,
    );
  }

  /** What a crash has left is cleared away here, once its process is gone. */
  #unfinishedFolder(): string {
    try {
      mkdirSync(this.folder, { recursive: true });
      for (const { name } of readdirSync(this.folder, { withFileTypes: true })) {
        if (!name.startsWith(unfinishedPrefix)) continue;
        const owner = Number(name.slice(unfinishedPrefix.length).split('-')[0]);
        if (!isRunning(owner)) rmSync(join(this.folder, name), { recursive: true, force: true });
      }
      for (let attempt = 1; attempt <= namesakesMax; attempt += 1) {
        const folder = join(this.folder, `${unfinishedPrefix}${process.pid}-${attempt}`);
        if (existsSync(folder)) continue;
        mkdirSync(folder);
        return folder;
      }
      throw new Error(`${namesakesMax} unfinished runs of this process`);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        exitCodes.cannotWrite,
        `the run cannot be stored in ${this.folder}: ${detail}. Name another --data-folder.`,
        { cause },
      );
    }
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, and runs.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function idOf(run: RunToStore, now: Date, namesake: number): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const strategy =
    run.result.strategies
      .join('-')
      .replaceAll(/[^A-Za-z0-9-]+/g, '-')
      .slice(0, 40) || 'run';
  const suffix = namesake === 1 ? '' : `-${namesake}`;
  return `${time}-${strategy}-${run.result.stateHash.slice(0, hashCharacters)}${suffix}`;
}

/** False when another process has taken the name first. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')
    ) {
      rmSync(join(from, files.document));
      return false;
    }
    throw error;
  }
}

function* rowsOf<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<Readonly<Record<Column, string | number | undefined>>>,
): Generator<readonly (string | number | undefined)[]> {
  for (const row of rows) yield columns.map((column) => row[column]);
}

function documentIn(folder: string): RunDocument {
  const file = existing(join(folder, files.document));
  return readDocument(file, readFileSync(file, 'utf8'));
}

function existing(path: string): string {
  if (existsSync(path)) return path;
  throw damaged(path, 'is not there');
}

function expectRows(path: string, count: { readonly expected: number; readonly found: number }): void {
  if (count.expected !== count.found) {
    throw damaged(path, `expected ${count.expected} rows, found ${count.found}`);
  }
}
