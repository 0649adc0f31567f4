import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { natsKeyPath } from '../../infra/keys/key-folder.ts';
import { type NatsIdentity, readNatsKey } from '../../infra/keys/nats-key.ts';
import type { NatsUser } from '../../infra/nats/nats-users.ts';
import { isAlive } from '../../infra/nats/server-process.ts';
import type { ServiceName } from '../../infra/process/run-service.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { serviceNames } from '../../services/operator/service-names.ts';
import { eventually } from './eventually.ts';
import { nothingRunsOn, processesOf } from './processes.ts';

export const entryPath = fileURLToPath(new URL('../../interlock.mjs', import.meta.url));
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly error: string;
}

/** What can be killed: a service, or the server between them. */
export type Part = ServiceName | 'nats-server';

const lastLines = 20;

/** One `interlock up --json`, a process of its own, with all that it says as parsed lines. */
export class RunningSystem {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Every line of stdout so far. */
  readonly lines: unknown[] = [];
  #hasEnded = false;

  constructor(options: {
    readonly folder: string;
    readonly words: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }) {
    this.folder = options.folder;
    this.child = spawn(
      process.execPath,
      [entryPath, 'up', '--data-folder', options.folder, '--port', '0', '--json', ...options.words],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NO_COLOR: '1', ...options.environment },
      },
    );
    this.ended = this.#read();
  }

  /** The first line that is as wanted, from line `from` on (default: from the first). Rejects with what was said last. */
  async until(awaited: string, isWanted: (line: unknown) => boolean, from = 0): Promise<unknown> {
    let next = from;
    const found = await eventually(awaited, () => {
      for (; next < this.lines.length; next += 1) {
        if (isWanted(this.lines[next])) return [this.lines[next]];
      }
      return this.#hasEnded ? [] : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`${awaited} did not come; last was\n${this.lastWords()}`, { cause });
    });
    if (found.length === 0) throw new Error(`up ended before ${awaited} came:\n${this.lastWords()}`);
    return found[0];
  }

  /** Resolves when an order that is staged from now on has gone all the way: it trades. */
  async resolvesAnOrder(): Promise<void> {
    const staged = new Set<unknown>();
    await this.until(
      'an order that is staged and resolved from now on',
      (line) => {
        const id = valueAt(line, 'clientOrderId');
        if (valueAt(line, 'change') === 'staged') staged.add(id);
        return valueAt(line, 'state') === 'resolved' && staged.has(id);
      },
      this.lines.length,
    );
  }

  lastWords(): string {
    return this.lines
      .slice(-lastLines)
      .map((line) => JSON.stringify(line))
      .join('\n');
  }

  /** The process that runs now, also when its restart is still on the way. */
  pidOf(part: Part): Promise<number> {
    return eventually(`a running ${part}`, () => {
      const record = readRunRecord(this.folder);
      const pid = part === 'nats-server' ? record?.natsPid : record?.services[part];
      return pid !== undefined && isAlive(pid) ? pid : undefined;
    });
  }

  natsUrl(): string {
    const record = readRunRecord(this.folder);
    if (record === undefined) throw new Error('nothing runs');
    return record.natsUrl;
  }

  /** What this user of its NATS server is known by; without one a connection is a guest's. */
  identity(user: NatsUser): NatsIdentity {
    return readNatsKey(natsKeyPath(join(this.folder, 'keys'), user));
  }

  /** As Ctrl+C does. Resolves when nothing of it runs any more; rejects when a service did not stop in order. */
  async stop(): Promise<Ended> {
    this.child.kill('SIGINT');
    const ended = await this.ended;
    await nothingRunsOn(this.folder);
    if (ended.error.includes('did not stop in order')) throw new Error(`${ended.error}${this.#defects()}`);
    return ended;
  }

  /** What services wrote to stderr in their last life. */
  #defects(): string {
    return serviceNames
      .map((name) => readFileSync(join(this.folder, 'logs', `${name}.stderr`), 'utf8'))
      .join('');
  }

  async #read(): Promise<Ended> {
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('its output is read through pipes');
    const take = async (): Promise<void> => {
      for await (const line of createInterface(stdout)) {
        this.lines.push(JSON.parse(line));
      }
    };
    const [error] = await Promise.all([text(stderr), take(), once(this.child, 'close')]);
    this.#hasEnded = true;
    return { code: this.child.exitCode, error };
  }
}

/** Starts systems for one test file and cleans up after each test, whatever became of it. */
export class SystemLaboratory {
  readonly #systems: RunningSystem[] = [];
  readonly #folders: string[] = [];

  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-system-'));
    this.#folders.push(folder);
    return folder;
  }

  start(options: ConstructorParameters<typeof RunningSystem>[0]): RunningSystem {
    const system = new RunningSystem(options);
    this.#systems.push(system);
    return system;
  }

  async clear(): Promise<void> {
    const folders = this.#folders.splice(0);
    for (const line of folders.flatMap(processesOf)) kill(Number.parseInt(line, 10));
    await Promise.all(this.#systems.splice(0).map(({ ended }) => ended));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
