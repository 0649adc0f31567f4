// Aim: each kill switch that measures money or orders is tripped by a real price path and real orders in five
// processes: not just below its threshold, at it, with the figure in its event; what it does is done, at the venue, and
// it stays through a restart.
import { afterEach, describe, expect, it } from 'vitest';
import { scale } from '../../services/kernel/money/amount.ts';
import { eventually } from '../system/eventually.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { differences } from '../system/reconcile.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { closeOfBar, isSwitchLine, type Script, scriptedProfile, tripsOf } from '../system/scripted-run.ts';
import { readVenueBook } from '../system/venue-book.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

/** Of 100,000 in cash 900 SPY are bought at 100; then a purchase and a sale rest far away. */
const invested = [
  { bar: 1, side: 'buy', quantity: 900 },
  { bar: 4, side: 'buy', quantity: 10, limit: 50 },
  { bar: 4, side: 'sell', quantity: 100, limit: 300 },
] as const;
/** By when they do. */
const flat = [100, 100, 100, 100, 100];

interface Case {
  readonly script: Omit<Script, 'definition'> & { readonly definition: Readonly<Record<string, unknown>> };
  /** The bar whose close is the first at or beyond the threshold; the one before it is just below. */
  readonly bar: number;
  readonly value: number;
}

const cases: Readonly<Record<string, Case>> = {
  maxDrawdown: {
    script: {
      kind: 'maxDrawdown',
      definition: { threshold: '12%', action: 'stop' },
      closes: [...flat, 110, 95.5, 95.4, 95.4, 95.4],
      steps: invested,
    },
    bar: 8,
    // 10,000 and 900 x 110 at best, 900 x 95.4 at last.
    value: 13_140 / 109_000,
  },
  dailyLoss: {
    script: {
      kind: 'dailyLoss',
      definition: { threshold: '4.5%', action: 'pause' },
      closes: [...flat, 110, 95.1, 95, 95, 95],
      steps: invested,
    },
    bar: 8,
    value: 4_500 / 100_000,
  },
  positionSize: {
    script: {
      kind: 'positionSize',
      definition: { threshold: '91%', action: 'pause' },
      closes: [...flat, 112, 113, 113, 113],
      steps: invested,
    },
    bar: 7,
    value: 101_700 / 111_700,
  },
  grossExposure: {
    script: {
      kind: 'grossExposure',
      definition: { threshold: '92%', action: 'stop' },
      closes: [...flat, 126, 130, 130, 130],
      steps: invested,
    },
    bar: 7,
    value: 117_000 / 127_000,
  },
  volatility: {
    script: {
      kind: 'volatility',
      definition: { threshold: '4%', action: 'pause' },
      closes: [...flat, 103.9, 104.1, 104.1, 104.1],
      steps: invested,
    },
    bar: 7,
    value: 0.041,
  },
  strategyDivergence: {
    script: {
      kind: 'strategyDivergence',
      definition: { threshold: '0.1%', action: 'pause' },
      // Each of the two further purchases is decided at 100; the next minute begins higher.
      closes: [...flat, [100.8, 100], [101.5, 100], 100, 100],
      steps: [
        { bar: 1, side: 'buy', quantity: 400 },
        { bar: 4, side: 'buy', quantity: 10, limit: 50 },
        { bar: 4, side: 'sell', quantity: 100, limit: 300 },
        { bar: 5, side: 'buy', quantity: 40 },
        { bar: 6, side: 'buy', quantity: 40 },
      ],
    },
    bar: 7,
    // 400 at no cost, 40 at 0.80 and 40 at 1.50.
    value: 92 / 48_000,
  },
  orderRate: {
    script: {
      kind: 'orderRate',
      definition: { threshold: 6, action: 'stop' },
      closes: [...flat, 100, 100, 100, 100],
      steps: [
        ...invested,
        { bar: 6, side: 'buy', quantity: 1, limit: 50, times: 5 },
        { bar: 7, side: 'buy', quantity: 2, limit: 50, times: 6 },
      ],
    },
    bar: 7,
    value: 6,
  },
  repeatedExecution: {
    script: {
      kind: 'repeatedExecution',
      definition: { threshold: 4, action: 'stop' },
      closes: [...flat, 100, 100, 100, 100],
      steps: [
        ...invested,
        { bar: 6, side: 'buy', quantity: 1, limit: 50, times: 3 },
        { bar: 7, side: 'buy', quantity: 2, limit: 50, times: 4 },
      ],
    },
    bar: 7,
    value: 4,
  },
  dailyTrades: {
    script: {
      kind: 'dailyTrades',
      definition: { threshold: 3, action: 'pause' },
      closes: [...flat, 100, 100, 100, 100],
      steps: [...invested, { bar: 5, side: 'sell', quantity: 1 }, { bar: 6, side: 'sell', quantity: 1 }],
    },
    bar: 7,
    value: 3,
  },
};

describe.each(Object.entries(cases))('%s', (kind, { script, bar, value }) => {
  const { threshold, action } = script.definition;
  // Both are asked for once it has tripped, whatever tripped it.
  const steps = [
    ...script.steps,
    { bar: bar + 1, side: 'buy', quantity: 3 },
    { bar: bar + 1, side: 'sell', quantity: 3 },
  ] as const;

  it(`trips at ${threshold} and does what ${action} says, for good`, async () => {
    const folder = laboratory.newFolder();
    const words = ['--profile', scriptedProfile(folder, { ...script, steps })];
    const system = laboratory.start({ folder, words });
    await system.until('the trip', (line) => isSwitchLine(line, kind, 'tripped'));
    await system.until('its confirmation', (line) => isSwitchLine(line, kind, 'cancelsConfirmed'));
    await eventually('both orders after it', () => lastStates(folder).length === 2 || undefined);

    expect(tripsOf(folder, kind)).toMatchObject([
      { source: kind, marketTime: closeOfBar(bar), value: expect.closeTo(value, 9) },
    ]);
    expect(tripsOf(folder, kind)[0]?.threshold).toBeCloseTo(ratioOf(threshold), 9);
    // A pause lets the sale go and leaves the other where it rests; a stop lets nothing.
    expect(lastStates(folder)).toEqual(action === 'pause' ? ['denied', 'resolved'] : ['denied', 'denied']);
    expect(sidesAtVenue(folder)).toEqual(action === 'pause' ? ['sell'] : []);

    const seen = system.lines.length;
    process.kill(await system.pidOf('risk'), 'SIGKILL');
    process.kill(await system.pidOf('execution'), 'SIGKILL');
    // Risk takes the confirmation over again once it knows execution's journal, and says where the switch stands.
    const after = await system.until(
      'the switch after a restart',
      (line) => isSwitchLine(line, kind, 'cancelsConfirmed'),
      seen,
    );
    expect(after).toMatchObject({ producer: 'risk', level: 'tripped' });
    expect(tripsOf(folder, kind)).toHaveLength(1);
    expect((await system.stop()).code).toBe(0);
    expect(differences(folder)).toEqual([]);
  });
});

/** Of the orders for three, in the order in which they were asked for. */
function lastStates(folder: string): readonly string[] {
  const last = new Map<string, string>();
  for (const { clientOrderId, quantity, side, state } of orderEventsIn(readExecutionFacts(folder))) {
    if (quantity === 3n * scale && side !== undefined) last.set(clientOrderId, state);
  }
  return [...last.values()].filter((state) => state === 'denied' || state === 'resolved');
}

function sidesAtVenue(folder: string): readonly string[] {
  return readVenueBook(folder)
    .openOrders.map(({ intent }) => intent.side)
    .sort();
}

function ratioOf(threshold: unknown): number {
  return typeof threshold === 'number' ? threshold : Number.parseFloat(String(threshold)) / 100;
}
