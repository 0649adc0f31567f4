// Aim: a day that ran through five processes over NATS, backtested from the same file or from what was recorded of its
// market data, is the same order by order; where it is made otherwise, compare finds it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SystemLaboratory } from '../system/running-system.ts';
import { jsonLines, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const parameters = '{"fast":3,"slow":9,"notional":6000}';

/**
 * A morning of minutes whose price swings, so that averages cross, and never by more in a minute than the strategy's limit
 * allows: an order that waits for longer may fill in the very minute in which averages cross again, of which a session
 * over NATS hears after that minute, and a backtest before (docs/decisions/0014).
 */
function barsOf(minutes: number): string {
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const price = 100 + Math.sin(minute / 7) + minute / 500;
    const cells = [price, price + 0.2, price - 0.2, price + 0.05].map((value) => value.toFixed(2));
    return [new Date(Date.UTC(2015, 0, 5, 14, 30 + minute)).toISOString(), ...cells, '100000'].join(',');
  });
  return `time,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

it('a live morning and its backtest give the same orders, fills, prices and times', async () => {
  const folder = laboratory.newFolder();
  const data = join(folder, 'bars.csv');
  writeFileSync(data, barsOf(300));
  const market = ['--profile', 'paper', '--feed', 'csv', '--data', data, '--symbols', 'SPY'];
  const live = laboratory.start({
    folder,
    words: [
      ...[...market, '--parameters', parameters, '--speed', 'max', '--for', '1h'],
      ...['--record', join(folder, 'recordings')],
    ],
  });
  const { code, error } = await live.ended;
  expect(code, error).toBe(0);

  const research = join(folder, 'research-of-it');
  const backtest = (...further: readonly string[]) =>
    runCommand(['backtest', ...market, '--data-folder', research, ...further]);
  const made = await backtest('--parameters', parameters);
  expect(made.code, made.error).toBe(0);

  const compare = (...words: readonly string[]) =>
    runCommand(['compare', ...words, '--data-folder', research, '--json']);
  const same = await compare(folder, 'latest');
  const [found] = jsonLines(same.out);
  expect(found).toMatchObject({ differences: [], outside: { first: 0, second: 0 } });
  expect(found).toMatchObject({ compared: expect.any(Number) });
  expect(Number(Reflect.get(Object(found), 'compared'))).toBeGreaterThan(10);
  expect(same.code, same.error).toBe(0);

  const told = ['--profile', 'paper', '--feed', 'recorded', '--data', join(folder, 'recordings')];
  const recorded = await runCommand([
    ...['backtest', ...told, '--parameters', parameters, '--data-folder', research],
  ]);
  expect(recorded.code, recorded.error).toBe(0);
  const again = await compare(folder, 'latest');
  expect(jsonLines(again.out)[0]).toMatchObject({
    compared: Reflect.get(Object(found), 'compared'),
    differences: [],
    outside: { first: 0, second: 0 },
  });

  expect((await backtest('--parameters', parameters, '--commission', '0.1%')).code).toBe(0);
  const dearer = await compare(folder, 'latest');
  expect(dearer.code).toBe(1);
  expect(jsonLines(dearer.out).at(-1)).toMatchObject({ counts: { fees: expect.any(Number) } });

  const nowhere = await compare(join(folder, 'nothing'), 'latest');
  expect(nowhere.code).toBe(69);
  expect(nowhere.error).toContain('expected its run.json there');
});
