import { type Profiler, Session } from 'node:inspector/promises';

/** Between two looks at what the thread does, in microseconds. */
const samplingIntervalUs = 250;

/** Share of the time that each part had, by name; together 1. What belongs to no part is under its own words. */
export type Shares = ReadonlyMap<string, number>;

export interface Part {
  readonly name: string;
  /** One of them is in the address of each of its files. */
  readonly folders: readonly string[];
}

/** Runs `work` under the engine's sampling profiler. Time in shared code counts for the part that called it. */
export async function sampledParts(work: () => Promise<void>, parts: readonly Part[]): Promise<Shares> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return sharesOf(profile, parts);
}

const nowhere = 'elsewhere';
/** What the engine calls time in which no code of ours ran. */
const unseen = new Set(['(program)', '(idle)']);

function sharesOf(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  parts: readonly Part[],
): Shares {
  const partOf = new Map<number, string | undefined>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  // A node comes before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    const own = parts.find(({ folders }) => folders.some((folder) => callFrame.url.includes(folder)))?.name;
    if (own !== undefined) partOf.set(id, own);
    for (const child of children) partOf.set(child, partOf.get(id));
  }
  const spent = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const { functionName: name = '', url = '' } = byId.get(id)?.callFrame ?? {};
    // The profiler's own start is no part of the work.
    if (unseen.has(name) || url === 'node:inspector') continue;
    const part = name === '(garbage collector)' ? 'garbage collection' : (partOf.get(id) ?? nowhere);
    const us = timeDeltas[index] ?? 0;
    spent.set(part, (spent.get(part) ?? 0) + us);
    total += us;
  }
  return new Map([...spent].map(([part, us]) => [part, us / total]));
}
