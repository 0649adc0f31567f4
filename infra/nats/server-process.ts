import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const pollIntervalMs = 20;

/** The server that runs with this configuration, as its pid file tells; undefined when it is gone. */
export async function runningServer(files: {
  readonly pidPath: string;
  readonly configPath: string;
}): Promise<number | undefined> {
  const pid = readPid(files.pidPath);
  if (pid === undefined || !isAlive(pid)) return undefined;
  // The number may have gone to another program since.
  return (await commandOf(pid)).includes(files.configPath) ? pid : undefined;
}

/** Asks it to end, and ends it when it has not by then. Resolves once it is gone. */
export async function endProcess(pid: number, withinMs: number): Promise<void> {
  signal(pid, 'SIGTERM');
  for (let waitedMs = 0; isAlive(pid); waitedMs += pollIntervalMs) {
    if (waitedMs >= withinMs) signal(pid, 'SIGKILL');
    await delay(pollIntervalMs);
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Killed, and not yet noticed by its parent: it runs no more and holds nothing. */
function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

export async function commandOf(pid: number): Promise<string> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // No /proc on this system.
  }
  try {
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

/** Whether a server is up, which then speaks first, to whomever. */
export async function greets(server: {
  readonly host: string;
  readonly port: number;
  readonly withinMs: number;
}): Promise<boolean> {
  const socket = connect(server.port, server.host);
  try {
    const [greeting] = await once(socket, 'data', { signal: AbortSignal.timeout(server.withinMs) });
    return String(greeting).startsWith('INFO');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
