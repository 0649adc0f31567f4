import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, UserError } from '../process/user-error.ts';
import { natsServerConfig } from './server-config.ts';
import { endProcess, greets, runningServer } from './server-process.ts';
import { findServerProgram, type ServerProgram } from './server-program.ts';

/** A large store takes its time to be read. */
const readyMsMax = 30_000;
const stopMsMax = 10_000;
const pollIntervalMs = 20;
const greetingMsMax = 1_000;
/** Where many programs start at once, a port that was found free may be another's before the server has it. */
const portDrawsMax = 5;
const host = '127.0.0.1';

export interface NatsServerOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Where the streams are kept. */
  readonly storeFolder: string;
  /** Written at each start; log and pid file stand beside it. */
  readonly configPath: string;
  /** Who may do what (authorization.ts); absent: everybody may do everything. */
  readonly authorization?: string;
  /** Where a fetched nats-server is kept. */
  readonly cacheFolder: string;
  /**
   * Ends a server that was left behind with this configuration. Only for a caller that holds the data folder for
   * itself: without it such a server is refused, for somebody may be using it.
   */
  readonly endLeftBehind?: boolean;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Such as `2.9.10`. */
  readonly version: string;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a private server. Throws a UserError, one sentence with what to do, when it cannot. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const configPath = resolve(options.configPath);
  const files = {
    configPath,
    pidPath: join(dirname(configPath), 'nats-server.pid'),
    logPath: join(dirname(configPath), 'nats-server.log'),
    storeFolder: resolve(options.storeFolder),
  };
  const program = await findServerProgram({ cacheFolder: options.cacheFolder });
  await makeRoom(files, options.endLeftBehind ?? false);
  const { port = 0, authorization } = options;
  for (let draw = 1; ; draw += 1) {
    try {
      return await startOn(await freePort(port), { files, program, authorization });
    } catch (error) {
      const isTaken = error instanceof UserError && error.exitCode === exitCodes.inUse;
      if (!isTaken || port !== 0 || draw >= portDrawsMax) throw error;
    }
  }
}

interface Files {
  readonly configPath: string;
  readonly pidPath: string;
  readonly logPath: string;
  readonly storeFolder: string;
}

async function startOn(
  port: number,
  {
    files,
    program,
    authorization,
  }: {
    readonly files: Files;
    readonly program: ServerProgram;
    readonly authorization: string | undefined;
  },
): Promise<NatsServer> {
  const { configPath } = files;
  write(files, natsServerConfig({ ...files, port, version: program.version, authorization }));

  // Its own process group: Ctrl+C in a terminal reaches a whole group, and the server goes last.
  const child = spawn(program.path, ['-c', configPath], { detached: true, stdio: 'ignore' });
  const exited = once(child, 'exit').then(() => undefined);
  await ready(child, exited, { port, logPath: files.logPath });
  const { pid } = child;
  if (pid === undefined) throw new Error('a process that answers has no number');
  return {
    url: `nats://${host}:${port}`,
    port,
    pid,
    version: program.versionText,
    exited,
    stop: async () => {
      await endProcess(pid, stopMsMax);
      await exited;
    },
  };
}

/** Two servers on one store would garble it. */
async function makeRoom(
  files: { readonly configPath: string; readonly pidPath: string },
  endLeftBehind: boolean,
): Promise<void> {
  const pid = await runningServer(files);
  if (pid === undefined) return;
  if (!endLeftBehind) {
    throw new UserError(
      exitCodes.inUse,
      `A nats-server with this configuration runs already as process ${pid}: stop what uses it, or end it with "kill ${pid}".`,
    );
  }
  await endProcess(pid, stopMsMax);
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  server.listen(wanted, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw portInUse(wanted, error);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

function write(files: { readonly configPath: string; readonly storeFolder: string }, config: string): void {
  try {
    mkdirSync(files.storeFolder, { recursive: true });
    mkdirSync(dirname(files.configPath), { recursive: true });
    writeFileSync(files.configPath, config);
  } catch (error) {
    throw new UserError(
      exitCodes.cannotWrite,
      `The folder ${dirname(files.configPath)} cannot be written: choose another data folder, or make it writable.`,
      { cause: error },
    );
  }
}

async function ready(
  child: ChildProcess,
  exited: Promise<void>,
  { port, logPath }: { readonly port: number; readonly logPath: string },
): Promise<void> {
  let ended = false;
  exited.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  for (let waitedMs = 0; waitedMs < readyMsMax; waitedMs += pollIntervalMs) {
    if (ended) throw endedAtOnce(port, logPath);
    if (await greets({ host, port, withinMs: greetingMsMax })) return;
    await delay(pollIntervalMs);
  }
  child.kill('SIGKILL');
  throw new UserError(
    exitCodes.unavailable,
    `nats-server did not answer within ${readyMsMax / 1000} s: ${lastWords(logPath)}`,
  );
}

function endedAtOnce(port: number, logPath: string): UserError {
  const said = lastWords(logPath);
  return said.includes('address already in use')
    ? portInUse(port)
    : new UserError(exitCodes.unavailable, `nats-server ended at once: ${said}`);
}

function portInUse(port: number, cause?: unknown): UserError {
  return new UserError(
    exitCodes.inUse,
    `Port ${port} is in use by another program: stop it, or choose another port.`,
    { cause },
  );
}

const lastWordsLines = 2;

function lastWords(logPath: string): string {
  try {
    const lines = readFileSync(logPath, 'utf8').trim().split('\n');
    return `${lines.slice(-lastWordsLines).join(' ')} (all in ${logPath}).`;
  } catch {
    return `it left no log in ${logPath}.`;
  }
}
