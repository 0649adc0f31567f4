// Aim: what was validated is carried to paper and from there to a live profile, by the words that a person types, and at
// each step what is not what was validated, or has not proven itself, stays where it is and is told why.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import { textAt } from '../../services/operator/json-value.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { jsonLines, type Outcome, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

/** Buys every sixth bar and sells two bars later: what it wants hangs on no fill. */
const strategyText = `
import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

export const strategy = defineStrategy({
  name: 'steady',
  parameters: z.strictObject({ notional: z.number().positive() }),
  create(context, { notional }) {
    let bars = 0;
    return {
      onBar({ instrument }) {
        bars += 1;
        const held = context.position(instrument);
        if (bars % 6 === 1) context.order.buy({ instrument, notional, reason: 'it is time' });
        if (bars % 6 === 3 && held > 0)
          context.order.sell({ instrument, quantity: held, reduceOnly: true, reason: 'it was held' });
      },
    };
  },
});
`;

/** A market that rises, by more on some days than on others. */
function barsOf(days: number): string {
  const price = (at: number): number => 100 * 1.003 ** (at + 1.5 * Math.sin(at * 1.3) + Math.sin(at * 2.9));
  const rows = Array.from({ length: days }, (_, at) => {
    const [open, close] = [price(at), price(at + 1)];
    const cells = [open, Math.max(open, close) * 1.001, Math.min(open, close) * 0.999, close];
    const time = new Date(Date.UTC(2018, 0, 1 + at, 14, 30)).toISOString();
    return [time, ...cells.map((value) => value.toFixed(2)), '1000000'].join(',');
  });
  return `time,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

/** Some twenty commands and a session, on a machine that may have other things to do. */
const timeout = 900_000;

it('carries a strategy from validation to paper and to a live profile', { timeout }, async () => {
  const folder = laboratory.newFolder();
  const file = join(folder, 'steady.ts');
  writeFileSync(file, strategyText);
  const data = join(folder, 'SPY.csv');
  writeFileSync(data, barsOf(600));
  const typed = (...words: readonly string[]): Promise<Outcome> =>
    runCommand([...words, '--data-folder', folder, '--json'], folder);
  const told = (outcome: Outcome): unknown => jsonLines(outcome.out).at(-1);
  const refused = ({ code, error }: Outcome): unknown => ({ code, error });
  const market = ['--feed', 'csv', '--data', data, '--symbols', 'SPY', '--interval', '1d'];
  const money = ['--commission', '0.01%', '--parameters', '{"notional":7000}'];

  const unproven = await typed('backtest', file, ...market, ...money, '--to', '2018-02-28');
  expect(refused(await typed('promote', textAt(told(unproven), 'id'), '--to', 'paper'))).toEqual({
    code: exitCodes.usage,
    error: expect.stringContaining('was not validated'),
  });

  const validated = await typed('validate', file, ...market, ...money, '--to', '2019-02-28');
  expect(told(validated)).toMatchObject({ decision: 'needs_review' });
  const run = textAt(told(validated), 'run');
  const reviewed = ['--reviewed', 'no vectorised form, and none is needed'];
  expect(refused(await typed('promote', run, '--to', 'paper'))).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('says so with --reviewed'),
  });
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed))).toEqual({
    code: exitCodes.usage,
    error: expect.stringContaining('nothing goes live that has not traded on paper'),
  });

  const promoted = await typed('promote', run, '--to', 'paper', ...reviewed);
  const paper = told(promoted);
  expect(refused(promoted)).toEqual({ code: exitCodes.success, error: '' });
  expect(paper).toMatchObject({
    limits: { positionRatioMax: 0.1 },
    feed: { kind: 'csv', from: '2019-03-01', to: '2019-08-23' },
  });
  const { orders, same } = Object(Reflect.get(Object(paper), 'replayed'));
  expect(orders).toBeGreaterThan(100);
  expect(same).toBe(orders);
  const profile = textAt(paper, 'profile');
  const written = readFileSync(profile, 'utf8');
  for (const line of ['positionRatioMax: 10%', 'notional: 7000', `run: ${run}`, 'environment: paper'])
    expect(written).toContain(line);
  expect((await typed('promote', run, '--to', 'paper', ...reviewed)).out).toBe(promoted.out);
  expect(readFileSync(profile, 'utf8')).toBe(written);
  expect(refused(await typed('promote', run, '--to', 'paper', '--reviewed', 'other words'))).toEqual({
    code: exitCodes.cannotWrite,
    error: expect.stringContaining('exists already'),
  });
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed))).toEqual({
    code: exitCodes.unavailable,
    error: expect.stringContaining('no paper trading in'),
  });

  // What was promoted runs, or nothing.
  writeFileSync(file, strategyText.replace('bars % 6 === 3', 'bars % 6 === 4'));
  const changed = expect.stringContaining(`the file of the strategy ${file}`);
  const up = ['up', '--profile', profile, '--port', '0', '--for', '120s'];
  expect(refused(await typed(...up))).toEqual({ code: exitCodes.configuration, error: changed });
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed))).toEqual({
    code: exitCodes.failedCheck,
    error: changed,
  });
  writeFileSync(file, strategyText);
  expect(refused(await typed(...up, '--parameters', '{"notional":9000}'))).toEqual({
    code: exitCodes.configuration,
    error: expect.stringContaining('what it says of strategies'),
  });
  const session = laboratory.start({ folder, words: ['--profile', profile, '--for', '120s'] });
  const ended = await session.ended;
  expect(ended.code, ended.error).toBe(0);

  const looked = await typed('promote', run, '--to', 'live');
  expect(refused(looked)).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('stays on paper: somebody has to look at it first'),
  });
  expect(told(looked)).toMatchObject({ decision: 'needs_review', figures: { compared: { counts: {} } } });
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed, '--until', '2019-05-31'))).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('outside the days that are judged'),
  });
  const live = await typed('promote', run, '--to', 'live', ...reviewed);
  expect(refused(live)).toEqual({ code: exitCodes.success, error: '' });
  const proof = Reflect.get(Object(told(live)), 'paper');
  expect(proof).toMatchObject({ ledgerId: expect.any(String), sessions: expect.any(Number) });
  expect(Reflect.get(Object(proof), 'trades')).toBeGreaterThan(20);
  expect(told(live)).toMatchObject({ startable: false, approval: { kind: 'always' } });
  const unstartable = textAt(told(live), 'profile');
  expect(readFileSync(unstartable, 'utf8')).toContain('This version has no adapter to a live venue');
  expect(refused(await typed('up', '--profile', unstartable))).toEqual({
    code: exitCodes.configuration,
    error: expect.stringContaining('remote venues come with their own adapters'),
  });

  writeFileSync(profile, written.replace('positionRatioMax: 10%', 'positionRatioMax: 90%'));
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed))).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('was edited since it was promoted'),
  });
  rmSync(profile);
  expect(refused(await typed('promote', run, '--to', 'live', ...reviewed))).toEqual({
    code: exitCodes.unavailable,
    error: expect.stringContaining('is not there any more'),
  });
  writeFileSync(
    data,
    barsOf(600)
      .replace(/1000000\n$/, '2000000\n')
      .replace('1000000', '1000001'),
  );
  expect(refused(await typed('promote', run, '--to', 'paper', ...reviewed))).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('the data ('),
  });
});

it('promotes nothing that the limits of paper would change', { timeout }, async () => {
  const folder = laboratory.newFolder();
  const file = join(folder, 'burst.ts');
  const often = 'for (let n = 0; n < 30; n += 1) context.order.buy({ instrument, notional: notional / 30,';
  writeFileSync(file, strategyText.replace('context.order.buy({ instrument, notional,', often));
  const data = join(folder, 'SPY.csv');
  writeFileSync(data, barsOf(400));
  const typed = (...words: readonly string[]): Promise<Outcome> =>
    runCommand([...words, '--data-folder', folder, '--json'], folder);
  const market = [
    '--feed',
    'csv',
    '--data',
    data,
    '--symbols',
    'SPY',
    '--interval',
    '1d',
    '--to',
    '2018-12-31',
  ];
  const money = ['--commission', '0.01%', '--parameters', '{"notional":7000}'];
  expect((await typed('validate', file, ...market, ...money)).code).toBe(exitCodes.success);

  const promote = ['promote', 'latest', '--to', 'paper', '--reviewed', 'thirty at once'];
  const { code, out, error } = await typed(...promote);
  expect({ code, error }).toEqual({
    code: exitCodes.failedCheck,
    error: expect.stringContaining('(denied: REPEATED_EXECUTION'),
  });
  expect(jsonLines(out).slice(-2)).toMatchObject([
    { counts: { denied: expect.any(Number) } },
    { error: { code: 'failedCheck', message: expect.stringContaining('REPEATED_EXECUTION') } },
  ]);
  const elsewhere = await typed(...promote, '--data', join(folder, 'nowhere.csv'));
  expect(elsewhere.error).toContain('nowhere.csv');
  expect(existsSync(join(folder, 'profiles'))).toBe(false);
});

it.each([
  ['no such run', ['20010101', '--to', 'paper'], exitCodes.unavailable, 'no run 20010101'],
  ['no stage', ['latest'], exitCodes.usage, '--to: expected paper or live'],
  ['another stage', ['latest', '--to', 'moon'], exitCodes.usage, '--to: expected paper or live'],
  [
    'a look that found nothing',
    ['latest', '--to', 'paper', '--reviewed', ' '],
    exitCodes.usage,
    '--reviewed: expected',
  ],
  ['words of live', ['latest', '--to', 'paper', '--approval', 'never'], exitCodes.usage, 'is for --to live'],
] as const)('refuses %s', async (_name, words, code, error) => {
  const folder = laboratory.newFolder();
  const outcome = await runCommand(['promote', ...words, '--data-folder', folder]);
  expect({ code: outcome.code, error: outcome.error }).toEqual({
    code,
    error: expect.stringContaining(error),
  });
});
