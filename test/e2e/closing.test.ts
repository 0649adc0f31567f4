// Aim: the last line is true even when the monitor, which it comes from, was killed the moment before.
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { summaryDifferences } from '../system/summary.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('a monitor killed just before the end has caught up before execution stops', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', churningOrders(folder)] });
  // A run that ends before all is ready has nothing to sum up.
  await system.until('ready', (line) => valueAt(line, 'event') === 'ready');
  await system.resolvesAnOrder();

  process.kill(await system.pidOf('monitor'), 'SIGKILL');
  const { code } = await system.stop();

  expect(code).toBe(0);
  expect(differences(folder)).toEqual([]);
  expect(summaryDifferences(system.lines.at(-1), folder)).toEqual([]);
});
