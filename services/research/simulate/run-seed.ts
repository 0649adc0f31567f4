import { Simulation } from '../../../infra/sim/simulation.ts';
import { advance } from './advance.ts';
import { FaultPlan } from './fault-plan.ts';
import * as house from './house.ts';
import { Injector } from './injector.ts';
import { Settlement } from './settlement.ts';
import { Verdicts, type Violation } from './verdicts.ts';
import { World } from './world.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly steps: number;
  /** Kinds of fault that are left out. */
  readonly without?: readonly string[] | undefined;
  /** Lines of the trace that are kept. */
  readonly traceKept?: number | undefined;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly steps: number;
  readonly simulatedUs: number;
  readonly hash: string;
  readonly kinds: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  readonly orders: number;
  readonly fills: number;
  readonly starts: number;
  readonly alerts: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
}

/** One seed from its first start until everything is settled again. */
export function runSeed({ seed, steps, without = [], traceKept = 0 }: SeedOptions): SeedOutcome {
  const simulation = new Simulation({ wallUs: house.startUs });
  const verdicts = new Verdicts(() => simulation.nowUs, traceKept);
  const plan = new FaultPlan(seed, new Set(without));
  const world = new World({ seed, plan, simulation, verdicts });
  const injector = new Injector({ plan, simulation, world, verdicts });
  world.start();
  injector.start();
  while (verdicts.step < steps && advance(simulation, verdicts));
  if (verdicts.violations.length === 0) {
    injector.heal();
    new Settlement({ simulation, world, verdicts }).run();
  }
  return {
    seed,
    steps: verdicts.step,
    simulatedUs: simulation.nowUs,
    hash: verdicts.hash,
    kinds: plan.kinds,
    faults: Object.fromEntries(plan.counts),
    orders: world.venueView.acceptedCount,
    fills: world.venueView.fillCount,
    starts: world.hosts.reduce((sum, host) => sum + host.starts, 0),
    alerts: Object.fromEntries(world.alerts),
    violations: verdicts.violations,
    trace: verdicts.trace,
  };
}
