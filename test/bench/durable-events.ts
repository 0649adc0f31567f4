import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { OrderEvent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal, JournalEvent } from '../../services/kernel/journal/journal.ts';
import type { BenchRun } from './bench-run.ts';
import { figure, type Row } from './row.ts';
import { takeJournalEvents } from './sample-orders.ts';
import { type Distribution, distributionOf } from './statistics.ts';

const offeredPerSecond = 10_000;
const rowsWaitingMax = 20_000;
/** Rows that come first and do not count: the thread starts, the code is compiled. */
const warmUpRows = 1_000;

/** What one block measured. */
interface Block {
  readonly latencyMs: Distribution;
  readonly rowsPerSecond: number;
}

interface Offered extends Block {
  /** Rows of each commit, for the floor to repeat. */
  readonly commits: readonly number[];
}

export async function measureDurableEvents(run: BenchRun): Promise<Row> {
  const blocks = run.quick ? 2 : 5;
  const events = takeJournalEvents(warmUpRows + (run.quick ? 6_000 : 20_000));
  const paced: Offered[] = [];
  const pacedFloor: Block[] = [];
  const saturated: Offered[] = [];
  const saturatedFloor: Block[] = [];
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const pacedBlock = await withJournal(run, (journal) => appendPaced(journal, events));
    const floorBlock = bareCommits(run, events, pacedBlock.commits);
    const saturatedBlock = await withJournal(run, (journal) => appendSaturated(journal, events));
    const saturatedFloorBlock = bareCommits(run, events, saturatedBlock.commits);
    if (block === 0) continue;
    paced.push(pacedBlock);
    pacedFloor.push(floorBlock);
    saturated.push(saturatedBlock);
    saturatedFloor.push(saturatedFloorBlock);
  }
  const replay = await measureReplay(run, blocks);
  const pacedFigure = (name: 'p50' | 'p90' | 'p99') => ({
    name: `commit latency at 10,000/s, ${name}`,
    unit: 'ms' as const,
    blocks: paced.map(({ latencyMs }) => latencyMs[name]),
    floorBlocks: pacedFloor.map(({ latencyMs }) => latencyMs[name]),
    samples: (events.length - warmUpRows) * blocks,
  });
  return {
    name: 'durable-events',
    measure: 'order events through the journal: append → durable; verified replay, hash and decode included',
    floor: 'bare SQLite (WAL, FULL) committing the same payloads in the same batches; bare read + SHA-256',
    figures: [
      figure(pacedFigure('p50')),
      figure(pacedFigure('p90')),
      figure({ ...pacedFigure('p99'), target: { of: 'figure', bound: 'atMost', value: 10 } }),
      figure({
        name: 'rows made durable, saturated',
        unit: '/s',
        blocks: saturated.map(({ rowsPerSecond }) => rowsPerSecond),
        floorBlocks: saturatedFloor.map(({ rowsPerSecond }) => rowsPerSecond),
        samples: (events.length - warmUpRows) * blocks,
        target: { of: 'figure', bound: 'atLeast', value: offeredPerSecond },
      }),
      figure({
        name: 'rows replayed and verified',
        unit: '/s',
        blocks: replay.verified,
        floorBlocks: replay.bare,
        samples: replay.rows * blocks,
        target: { of: 'figure', bound: 'atLeast', value: 200_000 },
      }),
    ],
    notes: [
      "The floor's latency is that of its commits alone; the journal's includes the wait for the commit before.",
      'Appends come one by one; the floor commits in line, the journal in a thread so that its service is never held up.',
    ],
  };
}

async function withJournal<T>(run: BenchRun, use: (journal: Journal) => Promise<T>): Promise<T> {
  const journal = openJournal(join(run.freshFolder('journal'), 'journal.sqlite'));
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}

function openJournal(path: string): Journal {
  return openSqliteJournal({ path, newLedgerId: () => brandOf.ledgerId('BENCH') });
}

/** At 10,000 rows a second, whatever the disk says. */
async function appendPaced(journal: Journal, events: readonly JournalEvent[]): Promise<Offered> {
  const recorder = await recordAppends(journal, events);
  const begin = performance.now();
  let appended = warmUpRows;
  while (appended < events.length) {
    const due = Math.min(
      events.length,
      warmUpRows + Math.floor(((performance.now() - begin) * offeredPerSecond) / 1000),
    );
    for (; appended < due; appended += 1) recorder.append(events[appended]);
    await delay(1);
  }
  return await recorder.done;
}

/** As many as it takes, with a bound on what waits. */
async function appendSaturated(journal: Journal, events: readonly JournalEvent[]): Promise<Offered> {
  const recorder = await recordAppends(journal, events);
  for (const event of events.slice(warmUpRows)) {
    while (journal.head().sequence - journal.durableHead().sequence >= rowsWaitingMax) await nextTurn();
    recorder.append(event);
  }
  return await recorder.done;
}

/** Warms up, then measures each append. */
async function recordAppends(
  journal: Journal,
  events: readonly JournalEvent[],
): Promise<{ append(event: JournalEvent | undefined): void; readonly done: Promise<Offered> }> {
  const warm = Promise.withResolvers<void>();
  journal.append(events.slice(0, warmUpRows), () => warm.resolve());
  await warm.promise;

  const { promise, resolve } = Promise.withResolvers<Offered>();
  const count = events.length - warmUpRows;
  const commits: number[] = [];
  const latencies: number[] = [];
  const begin = performance.now();
  journal.onCommitted((rows) => commits.push(rows.length));
  return {
    append(event) {
      if (event === undefined) throw new Error('more appends than events');
      const appendedAt = performance.now();
      journal.append([event], () => {
        const now = performance.now();
        latencies.push(now - appendedAt);
        if (latencies.length < count) return;
        const rowsPerSecond = (count / (now - begin)) * 1000;
        resolve({ commits, latencyMs: distributionOf(latencies), rowsPerSecond });
      });
    },
    done: promise,
  };
}

/** The least that the same durability costs: the payloads, in the batches in which the journal committed them. */
function bareCommits(run: BenchRun, events: readonly JournalEvent[], commits: readonly number[]): Block {
  const database = openBare(join(run.freshFolder('bare'), 'bare.sqlite'));
  const insert = database.prepare('INSERT INTO bare (payload) VALUES (?)');
  const latencies: number[] = [];
  let next = warmUpRows;
  const begin = performance.now();
  for (const rows of commits) {
    const commitBegin = performance.now();
    database.exec('BEGIN');
    for (const { payload } of events.slice(next, next + rows)) insert.run(payload);
    database.exec('COMMIT');
    next += rows;
    // One sample a row, as the journal's are.
    const latency = performance.now() - commitBegin;
    for (let row = 0; row < rows; row += 1) latencies.push(latency);
  }
  const rowsPerSecond = ((next - warmUpRows) / (performance.now() - begin)) * 1000;
  database.close();
  return { latencyMs: distributionOf(latencies), rowsPerSecond };
}

export function openBare(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
  database.exec('CREATE TABLE bare (sequence INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT');
  return database;
}

async function measureReplay(
  run: BenchRun,
  blocks: number,
): Promise<{
  readonly rows: number;
  readonly verified: readonly number[];
  readonly bare: readonly number[];
}> {
  const rows = run.quick ? 20_000 : 100_000;
  const folder = run.freshFolder('replay');
  const path = join(folder, 'journal.sqlite');
  const journal = openJournal(path);
  const events = takeJournalEvents(rows);
  await appendSaturated(journal, events);
  const bare = openBare(join(folder, 'bare.sqlite'));
  const insert = bare.prepare('INSERT INTO bare (payload) VALUES (?)');
  bare.exec('BEGIN');
  for (const { payload } of events) insert.run(payload);
  bare.exec('COMMIT');
  const verifiedRates: number[] = [];
  const bareRates: number[] = [];
  for (let block = 0; block <= blocks; block += 1) {
    const verified = rateOf(rows, () => {
      for (const { payload } of journal.replay(brandOf.sequence(1))) OrderEvent.decode(payload);
    });
    const floor = rateOf(rows, () => {
      for (const { payload } of bare.prepare('SELECT payload FROM bare ORDER BY sequence').iterate()) {
        if (payload instanceof Uint8Array) createHash('sha256').update(payload).digest();
      }
    });
    if (block === 0) continue;
    verifiedRates.push(verified);
    bareRates.push(floor);
  }
  bare.close();
  await journal.close();
  return { rows, verified: verifiedRates, bare: bareRates };
}

function rateOf(count: number, work: () => void): number {
  const begin = performance.now();
  work();
  return (count / (performance.now() - begin)) * 1000;
}
