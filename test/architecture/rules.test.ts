// Aim: every import rule of the house is seen to bite, on values and on types, and none of them works blind.
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../.dependency-cruiser.mjs';
import { type CruisedModule, cruise } from './cruise.ts';
import { type PlantedTree, plantTree, projectRoot } from './planted-tree.ts';

type Plant = readonly [rule: string, file: string, imported: string];

const forbidden: readonly Plant[] = [
  ['no-cycles', 'services/kernel/money/circle-start.ts', './circle-end.ts'],
  ['no-import-that-leads-nowhere', 'infra/journal/lost.ts', './nowhere.ts'],
  ['production-never-imports-test', 'infra/nats/tested.ts', '../../test/unit/helper.ts'],
  ['production-never-imports-development-packages', 'infra/nats/developed.ts', 'fast-check'],
  ['services-talk-over-the-bus', 'services/risk/nosy.ts', '../execution/order-book.ts'],
  ['research-composes-services-by-their-one-export', 'services/research/nosy.ts', '../risk/limits.ts'],
  ['services-do-no-input-or-output', 'services/execution/reader.ts', 'node:fs'],
  ['only-roots-import-infra', 'services/execution/wired.ts', '../../infra/journal/journal.ts'],
  ['only-the-generated-contract-is-imported', 'infra/nats/generator.ts', '../../protos/generate.ts'],
  ['generated-code-imports-only-the-codec', 'protos/gen/order.ts', '../../services/kernel/order/order.ts'],
  ['generated-code-packages', 'protos/gen/market.ts', 'zod'],
  ['kernel-imports-only-itself-and-the-contract', 'services/kernel/order/high.ts', '../../risk/limits.ts'],
  ['kernel-packages', 'services/kernel/order/checked.ts', 'zod'],
  ['kernel-does-no-input-or-output', 'services/kernel/codec/hashed.ts', 'node:crypto'],
  ['signing-only-hashes', 'services/kernel/signing/key-file.ts', 'node:fs'],
  ['infra-imports-only-the-kernel', 'infra/venues/paper/nosy.ts', '../../../services/risk/limits.ts'],
  ['shipped-strategies-see-only-the-authors-face', 'services/strategy/library/insider.ts', '../host.ts'],
  ['shipped-strategies-name-the-package', 'services/strategy/library/near.ts', '../author.ts'],
  ['market-data-packages', 'services/market-data/extra.ts', 'yaml'],
  ['strategy-packages', 'services/strategy/extra.ts', 'xstate'],
  ['risk-packages', 'services/risk/extra.ts', 'yaml'],
  ['execution-packages', 'services/execution/extra.ts', 'nats'],
  ['monitor-packages', 'services/monitor/extra.ts', 'yaml'],
  ['research-packages', 'services/research/extra.ts', 'yaml'],
  ['operator-packages', 'services/operator/extra.ts', 'nats'],
];

const allowed: ReadonlyArray<readonly [file: string, imported: string]> = [
  ['services/risk/main.ts', '../../infra/journal/journal.ts'],
  ['services/risk/main.ts', 'node:os'],
  ['services/risk/machine.ts', 'xstate'],
  ['services/risk/spoken.ts', '../../protos/gen/risk.ts'],
  ['services/research/backtest.ts', '../risk/risk.ts'],
  ['services/research/backtest.ts', '../../infra/sim/bus.ts'],
  ['services/operator/up.ts', '../../infra/client/client.ts'],
  ['services/operator/up.ts', 'commander'],
  ['services/operator/up.ts', 'node:child_process'],
  ['services/monitor/server.ts', 'fastify'],
  ['services/strategy/library/sma-cross.ts', 'interlock/strategy'],
  ['services/strategy/library/sma-cross.ts', 'zod'],
  ['services/kernel/order/machine.ts', 'xstate'],
  ['services/kernel/signing/digest.ts', 'node:crypto'],
  ['protos/gen/risk.ts', '../../services/kernel/codec/checks.ts'],
  ['protos/gen/risk.ts', 'protobufjs'],
  ['infra/nats/bus.ts', 'nats'],
  ['infra/nats/bus.ts', '../../services/kernel/bus/bus.ts'],
  ['test/unit/any.test.ts', '../../infra/nats/bus.ts'],
];

const houseFolders = ['services', 'infra', 'protos', 'test'];
const empty = 'export type Planted = never;\n';

describe.each(['import', 'import type'])('a planted %s', (keyword) => {
  let tree: PlantedTree;
  let modules: readonly CruisedModule[];

  beforeAll(async () => {
    tree = await plantTree({
      files: plantedFiles(keyword),
      copied: ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'],
    });
    modules = await cruise(tree.root, houseFolders);
  });

  afterAll(() => tree.remove());

  it.each(forbidden)('that breaks %s is reported by exactly this rule', (rule, file) => {
    expect(rulesBrokenBy(modules, file)).toEqual([rule]);
  });

  it.each(allowed)('in %s of %s is nobody’s business', (file) => {
    expect(rulesBrokenBy(modules, file)).toEqual([]);
  });
});

it('every rule of the configuration has its planted violation', () => {
  const named = config.forbidden.map((rule) => rule.name);
  expect(forbidden.map(([rule]) => rule)).toEqual(named);
});

it('every TypeScript file of the house is read, so that no rule works blind', async () => {
  const onDisk = await Array.fromAsync(glob(`{${houseFolders.join(',')}}/**/*.ts`, { cwd: projectRoot }));

  const modules = await cruise(projectRoot, houseFolders);

  const read = modules
    .map((module) => module.source)
    .filter((source) => /^(services|infra|protos|test)\/.*\.ts$/.test(source));
  expect(read.toSorted()).toEqual(onDisk.toSorted());
});

function rulesBrokenBy(modules: readonly CruisedModule[], file: string): readonly string[] {
  const module = modules.find((candidate) => candidate.source === file);
  if (module === undefined) throw new Error(`dependency-cruiser did not read ${file}`);
  if (module.dependencies.length === 0) throw new Error(`dependency-cruiser saw no import in ${file}`);
  return module.dependencies.flatMap((dependency) => dependency.rules.map((rule) => rule.name));
}

function plantedFiles(keyword: string): ReadonlyMap<string, string> {
  const files = new Map([['services/strategy/author.ts', empty]]);
  for (const [file, imported] of [
    ...allowed,
    ...forbidden.map(([, file, imported]) => [file, imported] as const),
  ]) {
    const statement =
      keyword === 'import' ? `import '${imported}';\n` : `import type { Planted } from '${imported}';\n`;
    files.set(file, `${files.get(file) ?? ''}${statement}`);
    for (const [path, content] of importedFiles(file, imported)) {
      if (!files.has(path)) files.set(path, content);
    }
  }
  files.set('services/kernel/money/circle-end.ts', "import './circle-start.ts';\n");
  return files;
}

function importedFiles(file: string, imported: string): ReadonlyArray<readonly [string, string]> {
  if (imported === './nowhere.ts' || imported.startsWith('node:') || imported.startsWith('interlock/'))
    return [];
  if (imported.startsWith('.')) return [[join(dirname(file), imported), empty]];
  return [
    [`node_modules/${imported}/package.json`, JSON.stringify({ name: imported, exports: './index.js' })],
    [`node_modules/${imported}/index.js`, ''],
  ];
}
