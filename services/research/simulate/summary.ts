import type { SeedOutcome } from './run-seed.ts';

/** What many seeds came to. */
export class Summary {
  seeds = 0;
  steps = 0;
  simulatedUs = 0;
  orders = 0;
  fills = 0;
  starts = 0;
  readonly faults = new Map<string, number>();
  readonly alerts = new Map<string, number>();
  readonly broken: SeedOutcome[] = [];

  add(outcome: SeedOutcome): void {
    this.seeds += 1;
    this.steps += outcome.steps;
    this.simulatedUs += outcome.simulatedUs;
    this.orders += outcome.orders;
    this.fills += outcome.fills;
    this.starts += outcome.starts;
    count(this.faults, outcome.faults);
    count(this.alerts, outcome.alerts);
    if (outcome.violations.length > 0) this.broken.push(outcome);
  }

  table(): readonly string[] {
    const rows: (readonly [string, number])[] = [
      ['seeds', this.seeds],
      ['steps', this.steps],
      ['simulated hours', Math.round(this.simulatedUs / 3_600_000_000)],
      ['orders at the venue', this.orders],
      ['fills', this.fills],
      ['service starts', this.starts],
      ['broken promises', this.broken.length],
    ];
    return [
      ...rows.map(([name, value]) => line(name, value)),
      '',
      'faults injected',
      ...sorted(this.faults),
      '',
      'alerts raised',
      ...sorted(this.alerts),
    ];
  }
}

function count(counts: Map<string, number>, added: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(added)) counts.set(name, (counts.get(name) ?? 0) + value);
}

function sorted(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].toSorted((one, other) => other[1] - one[1]).map(([name, value]) => line(name, value));
}

function line(name: string, value: number): string {
  return `  ${name.padEnd(24)} ${value.toLocaleString('en-US').padStart(14)}`;
}
