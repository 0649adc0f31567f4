// Aim: what a switch does beyond stopping: one that liquidates ends flat at the venue, one of a strategy leaves the
// others alone, and that of the operator trips when nobody has signed for too long.
import { afterEach, expect, it } from 'vitest';
import type { OrderEvent } from '../../protos/gen/order.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { differences } from '../system/reconcile.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import {
  historyOf,
  isSwitchLine,
  type ScriptStep,
  scriptedProfile,
  scriptedStrategy,
  tripsOf,
} from '../system/scripted-run.ts';
import { readVenueBook } from '../system/venue-book.ts';
import { runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

/** More minutes than any test here stays for, at whatever speed. */
const minutesMax = 20_000;
const long = (...path: readonly number[]): readonly number[] => [
  ...path,
  ...Array.from({ length: minutesMax }, () => path.at(-1) ?? 0),
];

it('maxDrawdown liquidates: what rests is canceled, what is held is sold', async () => {
  const kind = 'maxDrawdown';
  const folder = laboratory.newFolder();
  const profile = scriptedProfile(folder, {
    kind,
    definition: { threshold: '12%', action: 'liquidate' },
    closes: long(100, 100, 100, 100, 110, 95.5, 95.4),
    steps: [
      { bar: 1, side: 'buy', quantity: 900 },
      { bar: 3, side: 'buy', quantity: 10, limit: 50 },
      { bar: 3, side: 'sell', quantity: 100, limit: 300 },
    ],
  });
  const system = laboratory.start({ folder, words: ['--profile', profile] });
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'tripped'));
  expect(tripsOf(folder, kind)[0]?.value).toBeCloseTo(13_140 / 109_000, 9);
  await eventually('nothing held and nothing open', () => {
    const { positions, openOrders } = readVenueBook(folder);
    return positions.size === 0 && openOrders.length === 0 ? true : undefined;
  });
  await eventually('the end of the exit', () => (exitsIn(folder).includes('completed') ? true : undefined));

  // 900 at 100, sold at 95.4.
  expect(readVenueBook(folder).cash).toBe(95_860_000_000_000n);
  expect(historyOf(folder, kind).at(-1)).toMatchObject({ level: 'tripped', action: 'liquidate' });
  expect((await system.stop()).code).toBe(0);
  expect(exitsIn(folder)).toEqual(['requested', 'completed']);
  expect(differences(folder)).toEqual([]);
});

it('dailyLoss of one strategy stops it, and the other goes on', async () => {
  const folder = laboratory.newFolder();
  const trip = 6;
  const loser: readonly ScriptStep[] = [
    { bar: 1, side: 'buy', quantity: 400 },
    { bar: 3, side: 'buy', quantity: 10, limit: 50 },
    { bar: trip + 1, side: 'buy', quantity: 3 },
  ];
  const other: readonly ScriptStep[] = [
    { bar: 3, side: 'buy', quantity: 20, limit: 50 },
    { bar: trip + 1, side: 'buy', quantity: 4 },
  ];
  const profile = scriptedProfile(folder, {
    kind: 'dailyLoss',
    definition: { enabled: false },
    // 400 shares lose 2 and then 3 each: 0.8% and 1.2% of 100,000.
    closes: [100, 100, 100, 100, 98, 97, 97, 97],
    steps: loser,
    overrides: [
      [['strategies'], [scriptedStrategy('loser', loser), scriptedStrategy('other', other)]],
      [['killSwitches', 'ofStrategies'], { loser: { dailyLoss: lossOfOne } }],
    ],
  });
  const kind = 'dailyLoss-loser';
  const system = laboratory.start({ folder, words: ['--profile', profile] });
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'tripped'));
  await system.until('its confirmation', (line) => isSwitchLine(line, kind, 'cancelsConfirmed'));
  await eventually('both orders after it', () =>
    ordersOf(folder, 3n).at(-1)?.state === 'denied' && ordersOf(folder, 4n).at(-1)?.state === 'filled'
      ? true
      : undefined,
  );

  expect(tripsOf(folder, kind)).toMatchObject([
    { value: expect.closeTo(0.012, 9), threshold: expect.closeTo(0.01, 9) },
  ]);
  expect(historyOf(folder, kind).at(-1)?.scope).toEqual({ kind: 'strategy', id: 'loser' });
  expect(readVenueBook(folder).openOrders.map(({ intent }) => intent.strategy)).toEqual(['other']);
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

const lossOfOne = {
  enabled: true,
  threshold: '1%',
  action: 'stop',
  grace: '30s',
  onGraceExpired: 'stay',
  coolDown: '0s',
};

/** Time enough for an order to go its way on a busy machine. */
const silenceSecondsMin = 15;

it('operatorDeadMan: nothing until somebody attends, and a trip when nobody does any more', async () => {
  const kind = 'operatorDeadMan';
  const folder = laboratory.newFolder();
  const profile = scriptedProfile(folder, {
    kind,
    definition: { threshold: `${silenceSecondsMin}s`, grace: '0s', onGraceExpired: 'trip', action: 'stop' },
    closes: long(100),
    steps: Array.from({ length: 2_000 }, (_, bar) => ({
      bar: bar + 1,
      side: 'buy' as const,
      quantity: 1,
      limit: 50,
    })),
    speed: 120,
  });
  const system = laboratory.start({ folder, words: ['--profile', profile] });
  await eventually(
    'an order denied before',
    () => ordersOf(folder, 1n).at(-1)?.state === 'denied' || undefined,
  );
  expect(readVenueBook(folder).orders).toEqual([]);

  const attended = await runCommand(['attend', '--data-folder', folder, '--json']);
  expect(attended.code, attended.error).toBe(0);
  await eventually('an order at the venue', () => readVenueBook(folder).orders.length > 0 || undefined);
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'graceExpired'));
  await system.until('its confirmation', (line) => isSwitchLine(line, kind, 'cancelsConfirmed'));

  const lost = historyOf(folder, kind).find(({ body }) => body.case === 'inputLost')?.body;
  const about = lost?.case === 'inputLost' ? lost.value.input : '';
  expect(about).toMatch(/^the operator silent for \d+ s$/);
  expect(Number(/\d+/.exec(about)?.[0])).toBeGreaterThanOrEqual(silenceSecondsMin);
  expect(readVenueBook(folder).openOrders).toEqual([]);
  // Whoever comes back now has to reset it.
  expect((await runCommand(['attend', '--data-folder', folder])).code).toBe(0);
  await system.until(
    'the operator again',
    (line) => isSwitchLine(line, kind, 'inputKnown') && valueAt(line, 'level') === 'tripped',
  );
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

function exitsIn(folder: string): readonly string[] {
  return readExecutionFacts(folder).flatMap(({ fact }) =>
    fact.case === 'exit' ? [fact.value.body.case] : [],
  );
}

/** Events of the orders of so many shares. */
function ordersOf(folder: string, shares: bigint): readonly OrderEvent[] {
  try {
    return orderEventsIn(readExecutionFacts(folder)).filter(
      ({ quantity }) => quantity === shares * 1_000_000_000n,
    );
  } catch {
    // Execution has not opened its journal yet.
    return [];
  }
}
