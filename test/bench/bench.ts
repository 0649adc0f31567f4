// `npm run bench`: how fast the live path is, beside what the machine gives to bare code in the same run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exitCodes } from '../../infra/process/user-error.ts';
import { measureAuthority } from './authority.ts';
import { measureBacktest } from './backtest.ts';
import { measureBacktestMemory } from './backtest-memory.ts';
import { measureBacktestParts } from './backtest-parts.ts';
import { type BenchRun, startBenchRun } from './bench-run.ts';
import { measureDataRows } from './data-rows.ts';
import { measureDurableEvents } from './durable-events.ts';
import { measureKill } from './kill.ts';
import { describeMachine, loadNow } from './machine.ts';
import { measureMarketDataRate } from './market-data-rate.ts';
import { measureMemory } from './memory.ts';
import { measureOrientation } from './orientation.ts';
import { projectFile } from './project-file.ts';
import { measureQuoteToSend } from './quote-to-send.ts';
import { about, asMarkdown, type FailedRow, type Report, rowText } from './report.ts';
import type { Row } from './row.ts';
import { measureScreen } from './screen.ts';

const measurements: Readonly<Record<string, (run: BenchRun) => Promise<Row>>> = {
  'quote-to-send': (run) => measureQuoteToSend(run, { name: 'quote-to-send', quotesPerOrder: 1 }),
  'quote-to-send-relaxed': (run) =>
    measureQuoteToSend(run, { name: 'quote-to-send-relaxed', quotesPerOrder: 5 }),
  authority: measureAuthority,
  'market-data': measureMarketDataRate,
  'durable-events': measureDurableEvents,
  kill: measureKill,
  memory: measureMemory,
  data: measureDataRows,
  orientation: measureOrientation,
  backtest: measureBacktest,
  'backtest-parts': measureBacktestParts,
  'backtest-memory': measureBacktestMemory,
  screen: measureScreen,
};

/** A row that takes longer hangs: it is told as failed, and the others are measured. */
const rowMsMax = 360_000;

const usage = `npm run bench -- [--json] [--write-docs] [--quick] [--row <name>]...
rows: ${Object.keys(measurements).join(', ')}
`;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    row: { type: 'string', multiple: true, default: Object.keys(measurements) },
    help: { type: 'boolean', default: false },
  },
});
const unknown = options.row.find((name) => !(name in measurements));
if (options.help || unknown !== undefined) {
  process.stderr.write(unknown === undefined ? usage : `there is no row ${unknown}\n${usage}`);
  process.exit(unknown === undefined ? exitCodes.success : exitCodes.usage);
}

// Progress goes to stderr: stdout is the result.
const run = startBenchRun({
  quick: options.quick,
  say: (line) => void process.stderr.write(`${line}\n`),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    const leave = () => process.exit(exitCodes.unavailable);
    end().then(leave, leave);
  });
}

const beganMs = performance.now();
const machine = await describeMachine();
const rows: (Row | FailedRow)[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (!options.row.includes(name)) continue;
  run.say(name);
  const row = await measured(name, measure);
  rows.push(row);
  if (!options.json) process.stdout.write(`${rowText(row)}\n`);
}
await end();

const report: Report = {
  machine,
  quick: options.quick,
  loadAtEnd: loadNow(),
  secondsTaken: (performance.now() - beganMs) / 1_000,
  rows,
};
process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : `${about(report)}\n`);
if (options['write-docs']) {
  const path = projectFile('docs/benchmark.md');
  const earlier = existsSync(path) ? readFileSync(path, 'utf8') : '';
  writeFileSync(path, asMarkdown(report, { earlier, names: Object.keys(measurements) }));
}
// A target that was missed is a result; a row that could not be measured is an error.
process.exit(rows.some((row) => 'failure' in row) ? exitCodes.failedCheck : exitCodes.success);

async function measured(name: string, measure: (run: BenchRun) => Promise<Row>): Promise<Row | FailedRow> {
  const tooLong = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLong.reject(new Error(`not done after ${rowMsMax / 1_000} s`)), rowMsMax);
  try {
    return await Promise.race([measure(run), tooLong.promise]);
  } catch (error) {
    return { name, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    await run.endRow();
  }
}

async function end(): Promise<void> {
  await run.endRow();
  run.end();
}
