// Aim: however early or often Ctrl+C is typed, everything ends, nothing is complained of that went well, and the next
// run goes on.
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { nothingRunsOn } from '../system/processes.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { SystemLaboratory } from '../system/running-system.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const isReady = (line: unknown): boolean => valueAt(line, 'event') === 'ready';
/** Ctrl+C within 300 ms of another counts as the same one. */
const againMs = 400;

it('once, before anything is up', async () => {
  const system = laboratory.start({ folder: laboratory.newFolder(), words: [] });
  await system.until('a process', (line) => valueAt(line, 'event') === 'started');
  const { code, error } = await system.stop();
  expect(code).toBe(0);
  expect(error).not.toContain('did not stop in order');
  expect(system.lines.at(-1)).toMatchObject({ journal: { verified: true } });
});

it('again and again, while services do not answer', async () => {
  const folder = laboratory.newFolder();
  const words = ['--profile', churningOrders(folder)];
  const system = laboratory.start({ folder, words });
  await system.until('ready', isReady);
  for (const service of ['market-data', 'strategy', 'execution', 'risk'] as const) {
    process.kill(await system.pidOf(service), 'SIGSTOP');
  }
  const impatience = setInterval(() => system.child.kill('SIGINT'), againMs);
  const { error } = await system.ended;
  clearInterval(impatience);
  await nothingRunsOn(folder);
  expect(error).toMatch(/did not stop in order \(SIGKILL\): see its log/);

  const again = laboratory.start({ folder, words });
  await again.until('orders let through', (line) => valueAt(line, 'mode') === 'active');
  expect((await again.stop()).code).toBe(0);
  expect(again.lines.at(-1)).toMatchObject({ tradingState: 'active' });
  expect(differences(folder)).toEqual([]);
});
