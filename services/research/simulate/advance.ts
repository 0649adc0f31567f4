import type { Simulation } from '../../../infra/sim/simulation.ts';
import type { Verdicts } from './verdicts.ts';

/** Of one instant; a frozen process that is told all that it missed has some thousand. */
const stepsPerInstantMax = 50_000;

/** One step of the run; false when nothing waits any more or a promise is broken. */
export function advance(simulation: Simulation, verdicts: Verdicts): boolean {
  if (verdicts.violations.length > 0 || !simulation.step()) return false;
  verdicts.step += 1;
  if (simulation.stepsAtInstant > stepsPerInstantMax) {
    verdicts.broken('LIVELOCK', `${stepsPerInstantMax} steps, and no microsecond has passed`);
  }
  return true;
}
