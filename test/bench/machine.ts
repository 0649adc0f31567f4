import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { findServerProgram } from '../../infra/nats/server-program.ts';
import { projectFile } from './project-file.ts';

/** What the numbers were measured on: without it they mean nothing. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly node: string;
  readonly natsServer: string;
  /** Processes that wanted a core in the last minute, when the run began. */
  readonly loadAtStart: number;
}

export async function describeMachine(): Promise<Machine> {
  const program = await findServerProgram({ cacheFolder: projectFile('.cache') });
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(),
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.versions.node,
    natsServer: program.versionText,
    loadAtStart: loadNow(),
  };
}

export function loadNow(): number {
  return loadavg()[0] ?? Number.NaN;
}

function commitOf(): string {
  const git = (...parameters: string[]): string =>
    execFileSync('git', parameters, { cwd: projectFile('.'), encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}, with changes`;
  } catch {
    return 'not in a repository';
  }
}
