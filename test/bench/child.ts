import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { z } from 'zod';

const lastWordsCharactersMax = 2_000;

/** A process of the bench: a service, or one end of a floor. It ends with the bench, whose channel then closes. */
export interface Child {
  send(message: Readonly<Record<string, unknown>> | string): void;
  /** The next message of this kind; others are skipped. Rejects when the process ends. */
  next<T>(schema: z.ZodType<T>): Promise<T>;
  /** Rejects with its last words when the process ends, unless it was killed by the bench. */
  readonly failure: Promise<never>;
  signal(name: NodeJS.Signals): void;
  kill(): Promise<void>;
}

export interface Program {
  readonly name: string;
  /** File and parameters for Node. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly stderrPath: string;
}

export function startChild(program: Program): Child {
  const stderr = openSync(program.stderrPath, 'w');
  const child = spawn(process.execPath, program.command, {
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', stderr, stderr, 'ipc'],
    serialization: 'advanced',
  });
  closeSync(stderr);
  const inbox = new Inbox();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  child.on('message', (message) => inbox.put(message));
  child.on('exit', (code, signal) => {
    const lastWords = readFileSync(program.stderrPath, 'utf8').slice(-lastWordsCharactersMax);
    const error = new Error(`${program.name} ended (${signal ?? code}): ${lastWords}`);
    inbox.end(error);
    if (signal !== 'SIGKILL') failure.reject(error);
  });
  return {
    send: (message) => {
      child.send(message);
    },
    next: (schema) => inbox.next(schema),
    failure: failure.promise,
    signal: (name) => {
      child.kill(name);
    },
    kill: () => kill(child),
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

class Inbox {
  readonly #messages: unknown[] = [];
  #arrival = Promise.withResolvers<void>();
  #ended: Error | undefined;

  put(message: unknown): void {
    this.#messages.push(message);
    this.#wake();
  }

  end(why: Error): void {
    this.#ended = why;
    this.#wake();
  }

  async next<T>(schema: z.ZodType<T>): Promise<T> {
    for (;;) {
      for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift()) {
        const parsed = schema.safeParse(message);
        if (parsed.success) return parsed.data;
      }
      if (this.#ended !== undefined) throw this.#ended;
      await this.#arrival.promise;
    }
  }

  #wake(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
  }
}
