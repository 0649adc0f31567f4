import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const outputBytesMax = 64 * 1024 * 1024;

export type PlantedTree = { readonly root: string; readonly remove: () => Promise<void> };

/** A folder outside the project with the given files and verbatim copies of the named project files. */
export async function plantTree(tree: {
  readonly files: ReadonlyMap<string, string>;
  readonly copied: readonly string[];
}): Promise<PlantedTree> {
  const root = await mkdtemp(join(tmpdir(), 'interlock-planted-'));
  for (const [path, content] of tree.files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  for (const path of tree.copied) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(join(projectRoot, path), join(root, path));
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Runs a tool of the project in a folder and returns its standard output, also when it exits in protest. */
export async function outputOf(tool: {
  readonly script: string;
  readonly args: readonly string[];
  readonly folder: string;
}): Promise<string> {
  const args = [join(projectRoot, 'node_modules', tool.script), ...tool.args];
  const run = promisify(execFile)(process.execPath, args, { cwd: tool.folder, maxBuffer: outputBytesMax });
  const { stdout } = await run.catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && error.stdout) {
      return { stdout: error.stdout };
    }
    throw error;
  });
  return stdout;
}
