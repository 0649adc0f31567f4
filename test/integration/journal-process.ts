import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./journal-writer.ts', import.meta.url));

/** The writer of journal-writer.ts as a process of its own. */
export interface WriterProcess {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** Resolves when so many lines were printed, or all that will be. */
  printed(count: number): Promise<void>;
  /** Resolves when the process is gone and all it printed was read. */
  ended(): Promise<void>;
}

export function startWriter(options: {
  readonly path: string;
  readonly seed: number;
  /** Largest file the process may write, in blocks of 1 kB. */
  readonly fileBlocksMax?: number;
}): WriterProcess {
  const command = [process.execPath, program, options.path, String(options.seed)];
  const limited = ['/bin/bash', '-c', `ulimit -f ${options.fileBlocksMax}; exec "$@"`, 'bash', ...command];
  const [file = '', ...parameters] = options.fileBlocksMax === undefined ? command : limited;
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const closed = once(reader, 'close');
  reader.on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    async printed(count) {
      while (lines.length < count && (await Promise.race([once(reader, 'line'), closed])).length > 0);
    },
    async ended() {
      await closed;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
