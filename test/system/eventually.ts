import { setTimeout as delay } from 'node:timers/promises';

const pollIntervalMs = 25;

/** What `look` finds, asked again and again; rejects, saying what was awaited, when it finds nothing in time. */
export async function eventually<T>(
  awaited: string,
  look: () => T | undefined | Promise<T | undefined>,
  withinMs = 120_000,
): Promise<T> {
  const signal = AbortSignal.timeout(withinMs);
  while (!signal.aborted) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(pollIntervalMs);
  }
  throw new Error(`this did not come within ${withinMs / 1000} s: ${awaited}`);
}
