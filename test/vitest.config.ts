import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// A file belongs to the project of its folder, unless its suffix says otherwise: `*.system.test.ts`, `*.slow.test.ts`.
const anywhere = (suffix: string) => `test/**/*.${suffix}.test.ts`;
// Real processes on a loaded machine: what fails is run once more before it fails the build, and is reported as such.
const retry = process.env.CI === 'true' ? 1 : 0;
const cores = availableParallelism();
// As interlock.mjs has it: what Node has compiled is kept, for workers and for each program that a test starts.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../.cache/compile', import.meta.url));
const inFolders = (...folders: readonly string[]) => `test/{${folders.join(',')}}/**/*.test.ts`;

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    // Node loads the sources itself, as in production: no bundler between a test and what it tests.
    experimental: { viteModuleRunner: false },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: [
            inFolders('unit', 'machines', 'property', 'contract', 'simulation', 'golden', 'architecture'),
          ],
          exclude: [anywhere('system'), anywhere('slow')],
          pool: 'threads',
          isolate: false,
          // Left alone it keeps a core for itself, which on two cores is one thread for all files.
          maxWorkers: cores,
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [inFolders('integration', 'e2e'), anywhere('system')],
          exclude: [anywhere('slow')],
          pool: 'forks',
          // Much of a file's time is waiting, for which another one needs no core. A system is seven processes.
          maxWorkers: Math.min(cores, 4) + 1,
          retry,
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts', anywhere('slow')],
          pool: 'forks',
          fileParallelism: false,
          retry,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
