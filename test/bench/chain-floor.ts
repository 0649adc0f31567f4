import { join } from 'node:path';
import type { BenchRun } from './bench-run.ts';
import type { ChainOrder } from './chain-order.ts';
import { chainLatencies, chainReady } from './chain-order.ts';
import { type Child, startChild } from './child.ts';
import { projectFile } from './project-file.ts';

/** The bytes that one order of the measured system put on each hop, and the rows that it committed before its send. */
export interface OrderBytes {
  readonly quote: Uint8Array;
  readonly intent: Uint8Array;
  readonly decision: Uint8Array;
  readonly rows: readonly Uint8Array[];
}

/** Three hops over NATS between four processes, the server being the fifth, and a commit at the end. */
export interface ChainFloor {
  measure(
    count: number,
    perSecond: number,
  ): Promise<{
    readonly transport: readonly number[];
    readonly durable: readonly number[];
  }>;
}

const subjects = ['bench.chain.1', 'bench.chain.2', 'bench.chain.3'] as const;

export async function startChainFloor(
  run: BenchRun,
  options: {
    readonly url: string;
    readonly folder: string;
    readonly bytes: OrderBytes;
  },
): Promise<ChainFloor> {
  const { url, folder, bytes } = options;
  const [first, second, third] = subjects;
  const roles: Readonly<Record<string, ChainOrder>> = {
    source: { kind: 'source', to: first, frame: bytes.quote },
    strategy: { kind: 'relay', from: first, to: second, frame: bytes.intent },
    risk: { kind: 'relay', from: second, to: third, frame: bytes.decision },
    sink: { kind: 'sink', from: third, path: join(folder, 'chain.sqlite'), rows: [...bytes.rows] },
  };
  const links = new Map<string, Child>();
  for (const name of Object.keys(roles)) {
    const command = [projectFile('test/bench/chain-link.ts'), url];
    const link = startChild({ name, command, stderrPath: join(folder, `chain-${name}.stderr`) });
    run.onRowEnd(() => link.kill());
    links.set(name, link);
  }
  for (const [name, link] of links) {
    await link.next(chainReady);
    link.send({ ...roles[name] });
    await link.next(chainReady);
  }
  const link = (name: string): Child => {
    const found = links.get(name);
    if (found === undefined) throw new Error(`the chain has no ${name}`);
    return found;
  };
  return {
    async measure(count, perSecond) {
      link('sink').send({ kind: 'collect', count });
      link('source').send({ kind: 'publish', count, perSecond });
      return await link('sink').next(chainLatencies);
    },
  };
}
