import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from './project-file.ts';

/** One run of the bench: how thorough, and where its files lie. */
export interface BenchRun {
  /** A tenth of the samples, to see that everything works. */
  readonly quick: boolean;
  /** A fresh folder on the project's own disk: a temporary one may be memory, which knows no fsync. */
  freshFolder(name: string): string;
  say(line: string): void;
  /** What was started is ended with the row that started it, the newest first, however the row ends. */
  onRowEnd(end: () => Promise<void>): void;
  endRow(): Promise<void>;
  /** Removes the folders. */
  end(): void;
}

export function startBenchRun(options: {
  readonly quick: boolean;
  readonly say: (line: string) => void;
}): BenchRun {
  const cache = projectFile('.cache/bench');
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, 'run-'));
  let folders = 0;
  const ends: (() => Promise<void>)[] = [];
  return {
    ...options,
    freshFolder(name) {
      folders += 1;
      const folder = join(root, `${folders}-${name}`);
      mkdirSync(folder);
      return folder;
    },
    onRowEnd: (end) => ends.push(end),
    async endRow() {
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
    },
    end: () => rmSync(root, { recursive: true, force: true }),
  };
}
