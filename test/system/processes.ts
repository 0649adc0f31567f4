import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

/** Processes that have the folder in their command line or environment: their number, then that. This one is left out. */
export function processesOf(folder: string): readonly string[] {
  const lines = existsSync('/proc') ? linesOfProc() : linesOfPs();
  return lines.filter((line) => line.includes(folder) && Number.parseInt(line, 10) !== process.pid);
}

function linesOfProc(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`)} ${read(`/proc/${pid}/environ`)}`);
}

function linesOfPs(): readonly string[] {
  return execFileSync('ps', ['axeww', '-o', 'pid=,command=']).toString().split('\n');
}

const lineMax = 200;

/** Resolves when nothing of the folder runs any more; a guardian ends a moment after what it guards. */
export async function nothingRunsOn(folder: string): Promise<void> {
  let left: readonly string[] = [];
  await eventually('the end of everything that runs', () => {
    left = processesOf(folder);
    return left.length === 0 ? true : undefined;
  }).catch((cause: unknown) => {
    throw new Error(`still running:\n${left.map((line) => line.slice(0, lineMax)).join('\n')}`, { cause });
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ');
  } catch {
    // Gone meanwhile, or not ours to read.
    return '';
  }
}
