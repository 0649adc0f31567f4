import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../clock/system-clock.ts';
import { Asked } from './asked.ts';
import { watchParent } from './parent-process.ts';
import { exitCodes, UserError } from './user-error.ts';
import { wrappedLine } from './wrapped-line.ts';

/** The process of a research command, as far as the command may know of it: what was typed, and where it speaks. */
export interface Program {
  readonly command: string;
  /** What follows the command's own name. */
  readonly words: readonly string[];
  /** A person looks at what is said on the side. */
  readonly isTerminal: boolean;
  readonly cores: number;
  /** How many characters a line of the terminal holds. */
  readonly columns: number;
  /** On stdout: the result. */
  tell(line: string): void;
  /** On stderr: what a person wants to know meanwhile. */
  say(text: string): void;
  monotonicUs(): number;
  /** Ctrl+C asks for an orderly end; a second one ends the process at once. */
  onInterrupt(handler: () => void): void;
  /** Lets signals and timers have their turn. */
  breathe(): Promise<void>;
  /** The same program again, with the same words, in a process of its own, which answers with what it is known to. */
  fork<Answer>(): Worker<Answer>;
  /** In a forked one: who gives it work. */
  readonly parent: Parent | undefined;
}

export interface Worker<Answer> {
  send(message: unknown): void;
  onMessage(handler: (answer: Answer) => void): void;
  /** Without a parent it ends. */
  disconnect(): void;
  /** Resolves when it has ended in order. */
  readonly ended: Promise<void>;
}

export interface Parent {
  send(message: unknown): void;
  onMessage(handler: (message: unknown) => void): void;
}

/** Before the command of a process that works for another one of the same program. */
const workerMark = '--worker';

/** `entry` is the file that this process was started with. The process ends with the one that started it. */
export function createProgram(entry: string): Program {
  const typed = process.argv.slice(2);
  const isWorker = typed[0] === workerMark;
  const [command = '', ...words] = typed.slice(isWorker ? 1 : 0);
  const clock = createSystemClock();
  // Nobody is left to be told, and Ctrl+C would reach nobody either: what is kept by then is kept.
  watchParent(() => process.exit(isWorker ? exitCodes.success : exitCodes.interrupted));
  return {
    command,
    words,
    isTerminal: process.stderr.isTTY === true,
    cores: availableParallelism(),
    // A terminal that does not know its width says 0.
    columns: process.stderr.columns || 80,
    tell: (line) => void process.stdout.write(`${wrappedLine(line, lineWidth())}\n`),
    say: (text) => void process.stderr.write(text),
    monotonicUs: () => clock.monotonicUs(),
    onInterrupt(handler) {
      process.once('SIGINT', handler);
      process.once('SIGTERM', handler);
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    fork: () => workerOf(fork(entry, [workerMark, command, ...words], { stdio: 'inherit' })),
    parent: isWorker ? parentOf() : undefined,
  };
}

/** A terminal may be resized at any time; a file has no end on the right. */
function lineWidth(): number {
  return (process.stdout.isTTY === true ? process.stdout.columns : 0) || Number.POSITIVE_INFINITY;
}

function workerOf<Answer>(child: ChildProcess): Worker<Answer> {
  return {
    send: (message) => void child.send({ message }),
    onMessage: (handler) =>
      void child.on('message', ({ message }: { readonly message: Answer }) => handler(message)),
    disconnect: () => child.disconnect(),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`a worker ended with ${code}`));
      });
    }),
  };
}

function parentOf(): Parent {
  // A worker waits for work.
  process.channel?.ref();
  return {
    send: (message) => void process.send?.({ message }),
    onMessage: (handler) =>
      void process.on('message', ({ message }: { readonly message: unknown }) => handler(message)),
  };
}

/** Names as they are typed: whether a text follows. */
export type WordOptions = Readonly<Record<string, 'text' | 'flag'>>;

/**
 * Options by their names, and the operands between or behind them. Throws a UserError for an option that is not known.
 */
export function readWords(
  words: readonly string[],
  options: WordOptions,
): { readonly asked: Asked; readonly operands: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: Object.fromEntries(
        Object.entries(options).map(([name, kind]) => [
          name,
          { type: kind === 'flag' ? 'boolean' : 'string' },
        ]),
      ),
      allowPositionals: true,
    });
    const named = Object.entries(values).map(([name, value]) => [
      name.replace(/-[a-z]/g, (part) => part.slice(1).toUpperCase()),
      value,
    ]);
    return { asked: new Asked(Object.fromEntries(named)), operands: positionals };
  } catch (cause) {
    throw new UserError(exitCodes.usage, cause instanceof Error ? cause.message : String(cause));
  }
}

/** The commit that the sources in this folder are of, for whoever wants to run the same again. */
export function commitOf(folder: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown (no git here)';
  }
}
