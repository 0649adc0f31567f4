// Aim: the strategy in the README, saved to a file outside the clone, runs as it stands there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { projectFolder, SystemLaboratory } from '../system/running-system.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it("the README's strategy, with the README's options", async () => {
  const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');
  const code = /```ts\n(import \{ defineStrategy \}[\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const parameters = /--strategy \.\/breakout\.ts --parameters '(\{.*?\})'/.exec(readme)?.[1] ?? '';
  const outside = laboratory.newFolder();
  const file = join(outside, 'breakout.ts');
  writeFileSync(file, code);

  const folder = laboratory.newFolder();
  const words = ['--strategy', file, '--parameters', parameters, '--speed', 'max'];
  const system = laboratory.start({ folder, words });
  await system.until('a fill', (line) => valueAt(line, 'state') === 'filled');
  expect((await system.stop()).code).toBe(0);

  const strategies = new Set(orderEventsIn(readExecutionFacts(folder)).map(({ strategy }) => strategy));
  expect([...strategies]).toEqual(['breakout']);
});
