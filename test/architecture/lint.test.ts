// Aim: what no import rule can see (the clock, the dice, the environment, unchecked claims about types) is refused
// by the linter, exactly where it is forbidden.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outputOf, type PlantedTree, plantTree } from './planted-tree.ts';

const ambient: ReadonlyArray<readonly [name: string, expression: string]> = [
  ['date-now', 'Date.now()'],
  ['date-now-by-key', "Date['now' + '']()"],
  ['new-date', 'new Date()'],
  ['date-call', 'Date()'],
  ['performance', 'performance.now()'],
  ['math-random', 'Math.random()'],
  ['random-uuid', 'crypto.randomUUID()'],
  ['set-timeout', 'setTimeout(() => undefined, 5)'],
  ['set-interval', 'setInterval(() => undefined, 5)'],
  ['set-immediate', 'setImmediate(() => undefined)'],
  ['process-env', 'process.env.HOME'],
  ['global-this', 'globalThis.setTimeout(() => undefined, 5)'],
];

const harmless: ReadonlyArray<readonly [name: string, expression: string]> = [
  ['given-date', 'new Date(5)'],
  ['floor', 'Math.floor(1.5)'],
  ['date-utc', 'Date.UTC(2013, 9, 7)'],
  ['clock-port', 'clock.setTimeout(clock.now())'],
];

const assertions: ReadonlyArray<readonly [name: string, expression: string]> = [
  ['cast', 'clock.now() as unknown as string'],
  ['narrowing', 'clock.now() as 5'],
];

const statements: ReadonlyArray<readonly [rule: string, name: string, statement: string]> = [
  ['lint/nursery/noFloatingPromises', 'floating-promise', 'later();'],
  ['lint/suspicious/noExplicitAny', 'explicit-any', 'export const planted = (value: any) => value;'],
  ['lint/style/noNonNullAssertion', 'non-null', 'export const planted = (value?: string) => value!.length;'],
  ['lint/performance/noBarrelFile', 'barrel', "export { later } from './later.ts';"],
  ['lint/suspicious/noSkippedTests', 'skipped', "test.skip('later', () => undefined);"],
];

const preamble = `import { later } from './later.ts';
declare const clock: { now: () => number; setTimeout: (delayMs: number) => void };
declare const test: { skip: (name: string, body: () => undefined) => void };
`;

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), severity: z.string(), location: z.object({ path: z.string() }) }),
  ),
});

let tree: PlantedTree;
let refusals: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  tree = await plantTree({
    files: plantedFiles(),
    copied: [
      '.biome.json',
      '.gitignore',
      'test/architecture/no-ambient-input.grit',
      'test/architecture/no-type-assertion.grit',
    ],
  });
  const output = await outputOf({
    script: '@biomejs/biome/bin/biome',
    args: ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
    folder: tree.root,
  });
  refusals = refusalsByFile(output);
});

afterAll(() => tree.remove());

describe.each(ambient)('%s', (name) => {
  it.each(['services/risk', 'services/kernel/order', 'services/risk/main'])('is refused in %s', (folder) => {
    expect(refusals.get(`${folder}/${name}.ts`)?.size).toBe(1);
  });

  it.each(['services/operator', 'infra/sim', 'test/unit'])('is allowed in %s', (folder) => {
    expect(refusals.get(`${folder}/${name}.ts`)).toBeUndefined();
  });
});

it('main.ts may read the clock and the environment', () => {
  expect(refusals.get('services/risk/main.ts')).toBeUndefined();
});

it.each(harmless)('%s is allowed in a service', (name) => {
  expect(refusals.get(`services/risk/${name}.ts`)).toBeUndefined();
});

it.each(assertions)('a type assertion (%s) is refused everywhere but in the codec', (name) => {
  for (const folder of ['services/risk', 'services/operator', 'infra/sim', 'test/unit']) {
    expect(refusals.get(`${folder}/${name}.ts`)).toEqual(new Set(['plugin']));
  }
  expect(refusals.get(`services/kernel/codec/${name}.ts`)).toBeUndefined();
});

it('"as const" is no assertion', () => {
  expect(refusals.get('services/risk/as-const.ts')).toBeUndefined();
});

it.each(statements)('%s refuses the planted %s', (rule, name) => {
  expect(refusals.get(`infra/sim/${name}.ts`)).toEqual(new Set([rule]));
});

function plantedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const folders = [
    'services/risk',
    'services/risk/main',
    'services/kernel/order',
    'services/kernel/codec',
    'services/operator',
    'infra/sim',
    'test/unit',
  ];
  const expressions = [...ambient, ...harmless, ...assertions, ['as-const', '[5] as const'] as const];
  for (const folder of folders) {
    for (const [name, expression] of expressions) {
      files.set(`${folder}/${name}.ts`, `${preamble}export const planted = ${expression};\n`);
    }
    files.set(`${folder}/later.ts`, 'export const later = (): Promise<void> => Promise.resolve();\n');
  }
  for (const [, name, statement] of statements)
    files.set(`infra/sim/${name}.ts`, `${preamble}${statement}\n`);
  files.set(
    'services/risk/main.ts',
    'export const planted = [Date.now(), process.env.HOME, Math.random()];\n',
  );
  return files;
}

function refusalsByFile(output: string): ReadonlyMap<string, ReadonlySet<string>> {
  const byFile = new Map<string, Set<string>>();
  for (const { category, severity, location } of reportSchema.parse(JSON.parse(output)).diagnostics) {
    if (severity !== 'error') continue;
    byFile.set(location.path, (byFile.get(location.path) ?? new Set()).add(category));
  }
  return byFile;
}
