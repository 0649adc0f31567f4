// Aim: a strategy is told of a split once, before the first bar that knows of it, and again after a restart, where what is
// older than the recording goes on to count for the bars that are left of it, and asks for nothing a second time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqliteRecording } from '../../infra/strategy/sqlite-recording.ts';
import { Bar, CorporateAction } from '../../protos/gen/market.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { RecordedInput } from '../../services/kernel/recording/recording.ts';
import type { StrategyContext } from '../../services/strategy/author.ts';
import { InputLog } from '../../services/strategy/input-log.ts';
import {
  barAt,
  createStrategyWorld,
  ledgerId,
  memoryRecording,
  minuteUs,
  openUs,
  planOf,
  spy,
} from './strategy-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-actions-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Tells what it hears, and buys one at each split. */
const listener = (heard: string[]) =>
  planOf(({ order }: StrategyContext) => ({
    onBar: ({ close }) => heard.push(`bar ${close}`),
    onCorporateAction: (action) => {
      heard.push(action.kind === 'split' ? `split ${action.ratio}` : 'dividend');
      order.buy({ instrument: spy, quantity: 1, limit: 50, reason: 'cheaper now' });
    },
  }));

it('given a split that market-data repeats with its bar, then it is told once, before the bar', () => {
  const heard: string[] = [];
  const world = createStrategyWorld({ plans: [listener(heard)] });
  world.begin();
  world.bar(0, 100);
  for (let time = 0; time < 2; time += 1) {
    world.split(1, 2);
    world.bar(1, 50);
  }
  world.split(2, 3);
  expect(heard).toEqual(['bar 100', 'split 2', 'bar 50', 'split 3']);
  expect(world.intents).toHaveLength(2);
});

it('given a strategy that was told of a split, when the service starts again, then it is told again in its place', () => {
  const recording = memoryRecording();
  const before = createStrategyWorld({ plans: [listener([])], recording });
  before.begin();
  before.bar(0, 100);
  before.split(1, 2);
  before.bar(1, 50);
  const heard: string[] = [];
  const after = createStrategyWorld({ plans: [listener(heard)], recording });
  after.begin();
  expect(heard).toEqual(['bar 100', 'split 2', 'bar 50']);
  after.split(1, 2);
  expect(heard).toHaveLength(3);
});

it('given a split among the bars of the warm-up, then it is told in its place, once, and asks for nothing', () => {
  const split = {
    instrument: spy,
    venue: brandOf.venueId('paper'),
    action: { case: 'split', value: { numerator: 2, denominator: 1 } },
  } as const;
  const timeOf = (minute: number) => brandOf.timestampUs(openUs + (minute + 1) * minuteUs);
  const recording = memoryRecording();
  const history = [barAt(-3, 100), barAt(-2, 100), barAt(-1, 50)];
  const historyActions = [{ action: split, time: timeOf(-1) }];
  const warm = (heard: string[]) => ({ ...listener(heard), historyBars: 3 });
  const heard: string[] = [];
  const world = createStrategyWorld({ plans: [warm(heard)], history, historyActions, recording });
  world.begin();
  world.bar(0, 50);
  expect(heard).toEqual(['bar 100', 'bar 100', 'split 2', 'bar 50', 'bar 50']);
  expect(world.intents).toEqual([]);

  // A restart is told the same again, and of the same history only what came meanwhile.
  const again: string[] = [];
  const since = { history: [...history, barAt(0, 50), barAt(1, 17)], recording };
  const missed = { ...split, action: { case: 'split', value: { numerator: 3, denominator: 1 } } } as const;
  const after = createStrategyWorld({
    ...since,
    plans: [warm(again)],
    historyActions: [...historyActions, { action: missed, time: timeOf(1) }],
  });
  after.begin();
  expect(again).toEqual([...heard, 'split 3', 'bar 17']);
});

it('given a split that is older than the last bar known, when history tells of it, then it is of no use', () => {
  const split = {
    instrument: spy,
    venue: brandOf.venueId('paper'),
    action: { case: 'split', value: { numerator: 2, denominator: 1 } },
  } as const;
  const recording = memoryRecording();
  const before = createStrategyWorld({ plans: [listener([])], recording });
  before.begin();
  before.bar(5, 50);
  const heard: string[] = [];
  const historyActions = [{ action: split, time: brandOf.timestampUs(openUs + 3 * minuteUs) }];
  const history = [barAt(1, 100), barAt(2, 50), barAt(5, 50)];
  const after = createStrategyWorld({ plans: [listener(heard)], recording, history, historyActions });
  after.begin();
  expect(heard).toEqual(['bar 50']);
});

it('given a split older than what is kept, when it is condensed, then it stays before its bars and asks for nothing', () => {
  const recording = openSqliteRecording(join(folder, 'condensed.sqlite'));
  const strategy = brandOf.strategyId('probe');
  const log = new InputLog({
    recording,
    keptMax: 10,
    condensedAtOnce: 5,
    historyBars: new Map([[strategy, 2]]),
  });
  log.open(ledgerId, brandOf.sequence(0));
  const add = (minute: number, of: Pick<RecordedInput, 'kind' | 'payload'>): void => {
    const time = brandOf.timestampUs(openUs + (minute + 1) * minuteUs);
    const id = brandOf.eventId(`${of.kind}.${minute}`);
    log.append({ ...of, strategy, id, time, sequence: brandOf.sequence(0) });
  };
  const split = CorporateAction.encode({
    instrument: spy,
    venue: brandOf.venueId('paper'),
    action: { case: 'split', value: { numerator: 2, denominator: 1 } },
  });
  for (let minute = 0; minute < 20; minute += 1) {
    if (minute === 1) add(minute, { kind: 'action', payload: split });
    add(minute, { kind: 'bar', payload: Bar.encode(barAt(minute, minute)) });
  }
  const heard: string[] = [];
  const world = createStrategyWorld({ plans: [listener(heard)], recording });
  world.begin();
  expect(heard[0]).toBe('split 2');
  expect(heard.slice(1)).toEqual(
    Array.from({ length: heard.length - 1 }, (_, at) => `bar ${21 - heard.length + at}`),
  );
  expect(heard.length).toBeLessThan(20);
  expect(world.intents).toEqual([]);
});
