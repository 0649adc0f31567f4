// Aim: a backup taken while the system runs brings it back in an empty folder, sound and reconciled; a journal with rows
// is never touched; and doctor says what is wrong before a start does.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { jsonLines, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const isFilled = (line: unknown): boolean => valueAt(line, 'state') === 'filled';

it('what was backed up goes on elsewhere, with its history and its positions', async () => {
  const folder = laboratory.newFolder();
  const backup = join(laboratory.newFolder(), 'backup');
  const words = ['--profile', churningOrders(folder)];
  const system = laboratory.start({ folder, words });
  await system.until('a fill', isFilled);
  const copied = await runCommand(['backup', backup, '--data-folder', folder, '--json']);
  expect(copied).toMatchObject({ code: 0, error: '' });
  expect((await system.stop()).code).toBe(0);

  const elsewhere = join(laboratory.newFolder(), 'data');
  const restored = await runCommand(['restore', backup, '--data-folder', elsewhere, '--json']);
  expect(restored).toMatchObject({ code: 0, error: '' });
  const [execution] = jsonLines(restored.out);
  expect(execution).toMatchObject({ owner: 'execution', verified: true });

  const again = laboratory.start({ folder: elsewhere, words });
  await again.until('a fill', isFilled);
  expect((await again.stop()).code).toBe(0);
  expect(again.lines.filter((line) => valueAt(line, 'event') === 'reconciliation')).toMatchObject([
    { converged: true },
  ]);
  const events = Number(valueAt(again.lines.at(-1), 'journal', 'events'));
  expect(events).toBeGreaterThan(Number(valueAt(execution, 'events')));
  expect(differences(elsewhere)).toEqual([]);

  const refused = await runCommand(['restore', backup, '--data-folder', elsewhere]);
  expect(refused).toMatchObject({ code: 73, out: '' });
  expect(refused.error).toMatch(
    /^interlock: [^\n]+is a journal with rows, or damaged: move it away first\.\n$/,
  );
});

it('a folder without a backup is refused', async () => {
  const folder = laboratory.newFolder();
  const { code, error } = await runCommand(['restore', folder, '--data-folder', join(folder, 'data')]);
  expect(code).toBe(69);
  expect(error).toBe(`interlock: there is no backup in ${folder}: name the folder that "backup" wrote.\n`);
});

it('doctor finds everything good on an empty folder, and names a journal that is not', async () => {
  const folder = laboratory.newFolder();
  const good = await runCommand(['doctor', '--data-folder', folder, '--json']);
  const checks = jsonLines(good.out).filter((line) => valueAt(line, 'check') !== 'port');
  expect(checks.map((line) => valueAt(line, 'good'))).toEqual(checks.map(() => true));

  const path = journalPathOf(folder, 'execution');
  mkdirSync(join(path, '..'));
  writeFileSync(path, 'no journal at all');
  const bad = await runCommand(['doctor', '--data-folder', folder, '--json']);
  expect(bad.code).toBe(1);
  expect(jsonLines(bad.out)).toContainEqual(expect.objectContaining({ check: 'execution', good: false }));
});
