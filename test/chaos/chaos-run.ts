import { setTimeout as delay } from 'node:timers/promises';
import { createRandomSource } from '../../infra/feeds/random-source.ts';
import { serviceNames } from '../../services/operator/service-names.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type Part, RunningSystem } from '../system/running-system.ts';
import { summaryDifferences } from '../system/summary.ts';

export interface ChaosOptions {
  /** An empty folder; it is left as it is, to be looked at. */
  readonly folder: string;
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  /** In order, such as `execution after 412 ms`. */
  readonly kills: readonly string[];
  /** What was wrong; empty when all is well. */
  readonly problems: readonly string[];
  /** The last line of the run. */
  readonly summary: unknown;
}

const parts: readonly Part[] = [...serviceNames, 'nats-server'];
const loadMsMax = 1_500;
/** One kill in so many hits while the system still recovers from the one before. */
const kickWhileDownRatio = 0.25;
const recoveryMsMax = 600;

/**
 * Kills services and nats-server at random moments under load, waits each time until orders that were wanted after the
 * kill are resolved, then stops the system and compares everything with the venue. The seed fixes who is killed and
 * after how long; what that hits is up to the machine.
 */
export async function runChaos({ folder, seed, kills, say }: ChaosOptions): Promise<ChaosReport> {
  const random = createRandomSource('chaos', seed);
  const done: string[] = [];
  const system = new RunningSystem({ folder, words: ['--profile', churningOrders(folder)] });
  try {
    await system.resolvesAnOrder();
    while (done.length < kills) {
      const isDown = done.length > 0 && random.uniform() < kickWhileDownRatio;
      const part = parts[Math.floor(random.uniform() * parts.length)] ?? 'execution';
      const waitMs = Math.floor(random.uniform() * (isDown ? recoveryMsMax : loadMsMax));
      if (!isDown) await system.resolvesAnOrder();
      await delay(waitMs);
      process.kill(await system.pidOf(part), 'SIGKILL');
      done.push(`${part} after ${waitMs} ms${isDown ? ' of recovery' : ''}`);
      say(`${done.length}. ${done.at(-1)}`);
    }
    await system.resolvesAnOrder();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { kills: done, problems: [problem, ...(await stopAndCompare(system))], summary: undefined };
  }
  const problems = await stopAndCompare(system);
  return { kills: done, problems, summary: system.lines.at(-1) };
}

async function stopAndCompare(system: RunningSystem): Promise<readonly string[]> {
  try {
    const { code, error } = await system.stop();
    const ending = code === 0 ? [] : [`up ended with ${code}: ${error}`];
    const told = summaryDifferences(system.lines.at(-1), system.folder);
    return [...ending, ...differences(system.folder), ...told];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
