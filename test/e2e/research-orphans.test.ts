// Aim: whichever process of a research command is killed, nothing of it computes on, and what was kept is kept.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../system/eventually.ts';
import { nothingRunsOn, processesOf } from '../system/processes.ts';
import { projectFolder } from '../system/running-system.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-orphans-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const minutes = 60_000;
const data = join(folder, 'bars.csv');
const rows = Array.from({ length: minutes }, (_, minute) => {
  const close = (100 + 5 * Math.sin(minute / 40)).toFixed(2);
  return [Date.UTC(2024, 0, 2) / 1_000 + 60 * minute, close, close, close, close, 10_000].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

const begun = join(folder, 'begun');

/** Says by a file that it is at work, and takes minutes for the whole of the data. */
const strategy = join(folder, 'slow.ts');
writeFileSync(
  strategy,
  `import { appendFileSync } from 'node:fs';
import { defineScreen, defineStrategy } from 'interlock/strategy';
import { z } from 'zod';
const spin = (): void => { const until = performance.now() + 2; while (performance.now() < until); };
export const strategy = defineStrategy({
  name: 'slow',
  parameters: z.strictObject({ size: z.number().default(1) }),
  create: () => {
    appendFileSync(${JSON.stringify(begun)}, process.pid + '\\n');
    return { onBar: spin };
  },
});
export const screen = defineScreen({
  parameters: ['size'],
  prepare: () => ([size = 1]) => ({ from, to }, into) => void into.fill(size, 0, to - from),
});
`,
);

const pretendOld = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
)}`;

function start(words: readonly string[], flags: readonly string[] = []): ChildProcess {
  rmSync(begun, { force: true });
  return spawn(
    process.execPath,
    [
      ...[
        ...flags,
        join(projectFolder, 'interlock.mjs'),
        ...words,
        strategy,
        '--feed',
        'csv',
        '--data',
        data,
      ],
      ...['--symbols', 'SPY', '--data-folder', join(folder, 'kept')],
    ],
    { stdio: 'ignore' },
  );
}

/** How many strategies were made, each in the process that plays it. */
const atWork = (): number => (existsSync(begun) ? readFileSync(begun, 'utf8').trim().split('\n').length : 0);

async function untilAtWork(count: number): Promise<void> {
  await eventually(`${count} at work`, () => (atWork() >= count ? true : undefined));
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

it('the command line is killed, while a slow strategy plays', async () => {
  const child = start(['backtest']);
  await untilAtWork(1);
  expect(processesOf(folder).length).toBeGreaterThan(1);
  await kill(child);
  await nothingRunsOn(folder);
});

it('the command line is killed while others work for its child', async () => {
  const child = start([
    ...['walk-forward', '--grid', 'size=0:1', '--train', '10d', '--test', '10d', '--workers', '2'],
    ...['--from', '2024-01-02', '--to', '2024-02-12'],
  ]);
  // The plan is made in the child itself, windows in its workers.
  await untilAtWork(2);
  expect(processesOf(folder).length).toBeGreaterThan(3);
  await kill(child);
  await nothingRunsOn(folder);
});

const provisioned = join(projectFolder, 'node_modules', `node-${process.platform}-${process.arch}`);

it.runIf(existsSync(provisioned))('an old Node that had handed over is killed', async () => {
  const child = start(['backtest'], ['--import', pretendOld]);
  await untilAtWork(1);
  expect(processesOf(folder).length).toBeGreaterThan(2);
  await kill(child);
  await nothingRunsOn(folder);
});
