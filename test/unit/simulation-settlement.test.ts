// Aim: a run that ends with a broken promise tells that promise, and none that it could not come to any more.
import { expect, it } from 'vitest';
import { Simulation } from '../../infra/sim/simulation.ts';
import { FaultPlan, faultKinds } from '../../services/research/simulate/fault-plan.ts';
import { startUs } from '../../services/research/simulate/house.ts';
import { Settlement } from '../../services/research/simulate/settlement.ts';
import { Verdicts } from '../../services/research/simulate/verdicts.ts';
import { World } from '../../services/research/simulate/world.ts';

/** A house in which nothing goes wrong, settled; `during` is called when it has had its time to find its feet. */
function settledHouse(during: (verdicts: Verdicts) => void): readonly string[] {
  const simulation = new Simulation({ wallUs: startUs });
  const verdicts = new Verdicts(() => simulation.nowUs, 0);
  const plan = new FaultPlan(1, new Set(faultKinds));
  const world = new World({ seed: 1, plan, simulation, verdicts });
  world.start();
  while (simulation.nowUs < 10_000_000 && simulation.step());
  // As much as the settlement lets pass before it looks.
  simulation.at(simulation.nowUs + 5_000_000, () => during(verdicts));
  new Settlement({ simulation, world, verdicts }).run();
  return verdicts.violations.map(({ code }) => code);
}

it('given nothing is broken, when the house is settled, then it trades again', () => {
  expect(settledHouse(() => {})).toEqual([]);
});

it('given a promise breaks on the way, when the run ends there, then nothing is said of orders that could not come', () => {
  expect(settledHouse((verdicts) => verdicts.broken('NOT_FLAT', 'planted'))).toEqual(['NOT_FLAT']);
});
