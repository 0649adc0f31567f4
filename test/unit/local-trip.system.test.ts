// Aim: a kill by signal counts from the first moment of the process.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { holdSignal, watchLocalTrips } from '../../infra/process/local-trip.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

it('given a signal before anybody listens, when somebody does, then it trips, and so does the next', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'local-trip-'));
  const clock = createManualClock({ wallUs: brandOf.timestampUs(0) });
  const held = holdSignal();
  const trips: string[] = [];
  await signal();

  const stop = watchLocalTrips({ dataFolder, clock, held }, (source) => trips.push(source));
  expect(trips).toEqual(['signal']);
  await signal();

  expect(trips).toEqual(['signal', 'signal']);
  stop();
  rmSync(dataFolder, { recursive: true });
});

async function signal(): Promise<void> {
  const heard = once(process, 'SIGUSR2');
  process.kill(process.pid, 'SIGUSR2');
  await heard;
}
