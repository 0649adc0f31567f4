// Aim: a backtest leaves a run behind that can be listed, reported and made again, hash for hash.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import { eventually } from '../system/eventually.ts';
import { processesOf } from '../system/processes.ts';
import { jsonLines, runCommand, startCommand } from './command.ts';

let folder: string;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-report-verbs-'));
  writeFileSync(join(folder, 'bars.csv'), barsOf(400));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Days of a price that swings, so that averages cross. */
function barsOf(days: number): string {
  const rows = Array.from({ length: days }, (_, day) => {
    const price = 100 + 10 * Math.sin(day / 12) + day / 50;
    const cells = [price, price + 0.5, price - 0.5, price + 0.1].map((value) => value.toFixed(2));
    return [new Date(Date.UTC(2015, 0, 1 + day, 21)).toISOString(), ...cells, '1000000'].join(',');
  });
  return `time,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

const backtest = (...further: readonly string[]) =>
  runCommand(
    [
      ...['backtest', 'sma-cross', '--feed', 'csv', '--data', 'bars.csv', '--interval', '1d'],
      ...['--symbols', 'SPY', '--parameters', '{"fast":5,"slow":20,"notional":50000}', ...further],
    ],
    folder,
  );

it('a run is stored, counted, listed, reported and reproduced', async () => {
  const made = await backtest('--json');
  expect(made.code, made.error).toBe(0);
  const first = jsonLines(made.out).at(-1);
  expect(first).toMatchObject({
    ended: 'complete',
    from: '2015-01-02T21:00:00.000Z',
    to: expect.stringMatching(isoTime),
    metrics: { trades: expect.any(Number), sharpeAnnual: expect.any(Number) },
    honesty: { trials: 1, runs: 1 },
  });

  // The same again is the same attempt, another parameter is another one.
  await backtest('--json');
  const other = await backtest('--json', '--parameters', '{"fast":3,"slow":9,"notional":50000}');
  expect(jsonLines(other.out).at(-1)).toMatchObject({ honesty: { trials: 2, runs: 3 } });

  // Another end of the same data begins no new count, and stands behind the older runs too.
  const shorter = await backtest('--json', '--to', '2016-01-29');
  expect(jsonLines(shorter.out).at(-1)).toMatchObject({ honesty: { trials: 3, runs: 4 } });

  const listed = await runCommand(['report', 'list', '--json'], folder);
  expect(jsonLines(listed.out)).toHaveLength(4);
  for (const line of jsonLines(listed.out)) {
    expect(line).toMatchObject({ trials: 3, trialRuns: 4, from: '2015-01-02T21:00:00.000Z' });
  }
  expect((await runCommand(['report', 'list'], folder)).out).toMatch(
    / trials\n.* SPY +1d +2015-01-02 .* 3\n/,
  );
  const run = runOf(jsonLines(listed.out)[0]);

  const reported = await runCommand(['report', 'backtest', run, '--json'], folder);
  // What was tried since then is counted against the older run too.
  expect(jsonLines(reported.out).at(-1)).toMatchObject({ run, honesty: { trials: 3, runs: 4 } });
  const page = join(folder, '.interlock/research/runs', run, 'report.html');
  expect(readFileSync(page, 'utf8')).toContain('3 different attempts (4 runs)');

  const again = await runCommand(['report', 'reproduce', run, '--json'], folder);
  expect(again.code, again.error).toBe(0);
  expect(jsonLines(again.out).at(-1)).toMatchObject({ run, identical: true, differences: [] });
  expect(jsonLines((await runCommand(['report', 'list', '--json'], folder)).out)).toHaveLength(4);
});

it('a run on data that have changed is told not to be reproduced, with every figure that differs', async () => {
  expect((await backtest()).code).toBe(0);
  writeFileSync(join(folder, 'bars.csv'), barsOf(390));

  const again = await runCommand(['report', 'reproduce', 'latest', '--json'], folder);
  expect(again.code, again.error).toBe(1);
  expect(jsonLines(again.out).at(-1)).toMatchObject({
    identical: false,
    isSameData: false,
    isSameBuild: true,
    isSameStrategy: true,
    differences: expect.arrayContaining([{ what: 'bars', stored: 400, again: 390 }]),
  });
});

it('an edited strategy is another attempt, and a run made again says that it was edited', async () => {
  const library = readFileSync(
    new URL('../../services/strategy/library/sma-cross.ts', import.meta.url),
    'utf8',
  );
  const file = join(folder, 'mine.ts');
  writeFileSync(file, library);
  const words = [
    'backtest',
    'mine.ts',
    '--feed',
    'csv',
    '--data',
    'bars.csv',
    '--interval',
    '1d',
    '--symbols',
    'SPY',
  ];
  const run = () =>
    runCommand([...words, '--parameters', '{"fast":5,"slow":20,"notional":50000}', '--json'], folder);
  const first = await run();
  expect(first.code, first.error).toBe(0);
  expect(jsonLines(first.out).at(-1)).toMatchObject({ honesty: { trials: 1, runs: 1 } });

  writeFileSync(file, `${library}\n// tuned\n`);
  expect(jsonLines((await run()).out).at(-1)).toMatchObject({ honesty: { trials: 2, runs: 2 } });

  const again = await runCommand(
    ['report', 'reproduce', runOf(jsonLines(first.out).at(-1)), '--json'],
    folder,
  );
  expect(jsonLines(again.out).at(-1)).toMatchObject({ identical: true, isSameStrategy: false });
});

it('a strategy that knows the future is judged by it, then and whenever it is reported again', async () => {
  writeFileSync(
    join(folder, 'cheat.ts'),
    `import { readFileSync } from 'node:fs';
     import { defineStrategy } from 'interlock/strategy';
     import { z } from 'zod';
     const closes = readFileSync('bars.csv', 'utf8').trim().split('\\n').slice(1).map((line) => Number(line.split(',')[4]));
     export const strategy = defineStrategy({ name: 'cheat', parameters: z.strictObject({}), create(context) {
       let bar = 0;
       return { onBar({ instrument }) {
         bar += 1;
         const rises = (closes[bar] ?? 0) > (closes[bar - 1] ?? 0);
         const held = context.position(instrument);
         if (rises && held === 0) context.order.buy({ instrument, quantity: 10, reason: 'it will rise' });
         if (!rises && held > 0) context.order.sell({ instrument, quantity: 10, reason: 'it will fall' });
       } };
     } });`,
  );
  const words = ['cheat.ts', '--feed', 'csv', '--data', 'bars.csv', '--interval', '1d', '--symbols', 'SPY'];
  const verdict = { level: 'fails', headline: 'It knows the future: no figure of it can be believed.' };
  const made = await runCommand(['backtest', ...words, '--lookahead-check', '--json'], folder);
  expect(made.code, made.error).toBe(exitCodes.failedCheck);
  const at = expect.stringMatching(isoTime);
  expect(jsonLines(made.out).at(-1)).toMatchObject({
    verdict,
    lookahead: {
      cuts: expect.arrayContaining([at]),
      signals: expect.any(Number),
      changed: expect.arrayContaining([expect.objectContaining({ cutAt: at, at })]),
    },
  });

  const reported = await runCommand(['report', 'backtest', '--json'], folder);
  expect(jsonLines(reported.out).at(-1)).toMatchObject({ verdict });
});

it('people read the same in words, and are told where nothing is', async () => {
  const nothing = await runCommand(['report', 'backtest', '--json'], folder);
  expect(nothing.code).toBe(exitCodes.unavailable);
  expect(nothing.error).toMatch(/no run in .* and no other yet: "npx --no interlock backtest" makes one/);
  // Programs are told in the form in which every verb tells it.
  const { unavailable: exitCode } = exitCodes;
  const message = nothing.error.trim().replace('interlock: ', '');
  expect(jsonLines(nothing.out)).toEqual([{ error: { code: 'unavailable', exitCode, message } }]);
  expect((await runCommand(['report', 'list'], folder)).out).toContain('interlock backtest');

  const made = await backtest();
  expect(made.out).toMatch(/return +[+−]\d/);
  expect(made.out).toContain('report reproduce');
  expect(made.out).toMatch(/return .*% a year; .*\n(.*\n)* +ratios +Sharpe [−\d]/);
  const csv = await runCommand(['report', 'backtest', '--csv'], folder);
  expect(csv.out.split('\n')[0]).toBe('name,value');
  expect(csv.out).toMatch(/^sharpeAnnual,-?\d/m);
  expect(existsSync(join(folder, '.interlock/research/trials.sqlite'))).toBe(true);

  const week = await backtest('--to', '2015-01-09');
  expect(week.out).toMatch(
    /return +[+−]?\d+\.\d%; equity .*\n(.*\n)* +ratios +none of a year from \d+ session days; Omega .*\n/,
  );
});

it('Ctrl+C where nothing is left to tell is an interruption, and another end of the process a defect', async () => {
  expect((await backtest('--data-folder', folder)).code).toBe(0);
  for (const [signal, code] of [
    ['SIGINT', exitCodes.interrupted],
    ['SIGKILL', exitCodes.internal],
  ] as const) {
    const words = ['monte-carlo', 'latest', '--paths', '20000000', '--data-folder', folder, '--json'];
    const { outcome } = startCommand(words, folder);
    const drawing = await eventually('the process that draws', () =>
      processesOf(folder).find((line) => line.includes('research/main.ts monte-carlo')),
    );
    process.kill(Number.parseInt(drawing, 10), signal);
    const ended = await outcome;
    expect(ended.code).toBe(code);
    if (signal === 'SIGKILL') expect(ended.error).toContain('was ended by SIGKILL');
  }
});

it('what nobody has foreseen ends as a defect, not as a check that failed', async () => {
  writeFileSync(
    join(folder, 'later.ts'),
    `import { defineStrategy } from 'interlock/strategy';
     import { z } from 'zod';
     export const strategy = defineStrategy({ name: 'later', parameters: z.looseObject({}), create: () => ({
       onBar() { queueMicrotask(() => { throw new Error('when nobody listens'); }); },
     }) });`,
  );
  const words = ['later.ts', '--feed', 'csv', '--data', 'bars.csv', '--interval', '1d', '--symbols', 'SPY'];
  const made = await runCommand(['backtest', ...words, '--json'], folder);
  expect(made.code).toBe(exitCodes.internal);
  expect(jsonLines(made.out)).toEqual([
    {
      error: {
        code: 'internal',
        exitCode: exitCodes.internal,
        message: expect.stringContaining('when nobody listens'),
      },
    },
  ]);
});

function runOf(listed: unknown): string {
  if (typeof listed === 'object' && listed !== null && 'run' in listed && typeof listed.run === 'string') {
    return listed.run;
  }
  throw new Error(`no run in ${JSON.stringify(listed)}`);
}
