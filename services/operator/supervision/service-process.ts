import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How one service is started; its own last words go to a file, for a pipe would break when `up` is killed. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stderrPath: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to stderr last, cut to its end. */
  readonly lastWords: string;
}

export interface ServiceProcess {
  readonly pid: number | undefined;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ended>;
  signal(name: NodeJS.Signals): void;
}

const lastWordsCharactersMax = 2_000;

/** Starts a program in a process group of its own, so that Ctrl+C in the terminal reaches `up` alone. */
export function startProcess(program: Program): ServiceProcess {
  const [file = '', ...parameters] = program.command;
  const stderr = openSync(program.stderrPath, 'w');
  const child = spawn(file, parameters, {
    detached: true,
    env: program.environment,
    // The channel carries nothing: a service stops when it closes, which it does however `up` ends.
    stdio: ['ignore', stderr, stderr, 'ipc'],
  });
  closeSync(stderr);
  return {
    pid: child.pid,
    ended: endOf(child, program.stderrPath),
    signal: (name) => {
      child.kill(name);
    },
  };
}

async function endOf(child: ChildProcess, stderrPath: string): Promise<Ended> {
  try {
    await once(child, 'exit');
  } catch (error) {
    return { code: null, signal: null, lastWords: error instanceof Error ? error.message : String(error) };
  }
  const lastWords = readFileSync(stderrPath, 'utf8').trim().slice(-lastWordsCharactersMax);
  return { code: child.exitCode, signal: child.signalCode, lastWords };
}

/** Asks it to stop, and ends it when it has not within the time. */
export async function stopProcess(running: ServiceProcess, withinMs: number): Promise<Ended> {
  running.signal('SIGTERM');
  const tooLate = new AbortController();
  const late = delay(withinMs, undefined, { signal: tooLate.signal }).then(
    () => running.signal('SIGKILL'),
    () => undefined,
  );
  const ended = await running.ended;
  tooLate.abort();
  await late;
  return ended;
}
