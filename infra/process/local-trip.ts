import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, StopTimer } from '../../services/kernel/clock/clock.ts';

export type LocalTrip = (source: 'file' | 'signal', reason: string) => void;

export const killFileName = 'KILL';
const pollIntervalUs = 100_000;

/** Holds SIGUSR2 from the first moment on: unheard, it would end the process, and the trip with it. */
export function holdSignal(): { readonly came: () => boolean; readonly release: () => void } {
  let came = false;
  const onSignal = (): void => {
    came = true;
  };
  process.on('SIGUSR2', onSignal);
  return { came: () => came, release: () => process.off('SIGUSR2', onSignal) };
}

/**
 * The ways to kill that need no bus: a file named KILL in the data folder, and SIGUSR2. The file is polled, since
 * watching misses a file on some mounts; it may stay, a second trip does no harm and it is reported once a start.
 */
export function watchLocalTrips(
  options: {
    readonly dataFolder: string;
    readonly clock: Clock;
    readonly held: ReturnType<typeof holdSignal>;
  },
  onTrip: LocalTrip,
): StopTimer {
  const file = join(options.dataFolder, killFileName);
  const onSignal = (): void => onTrip('signal', 'SIGUSR2');
  process.on('SIGUSR2', onSignal);
  options.held.release();
  if (options.held.came()) onSignal();
  let seen = false;
  const look = (): void => {
    const present = existsSync(file);
    if (present && !seen) onTrip('file', file);
    seen = present;
  };
  const stopTimer = options.clock.every(pollIntervalUs, look);
  look();
  return () => {
    stopTimer();
    process.off('SIGUSR2', onSignal);
  };
}
