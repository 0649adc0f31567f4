// Aim: a strategy's recording stays within its bound, and whatever was dropped of it, by age or because execution's
// journal was set back, a restart has the position and the pending orders that there are.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqliteRecording } from '../../infra/strategy/sqlite-recording.ts';
import { Bar } from '../../protos/gen/market.ts';
import { OrderEvent, type OrderIntent } from '../../protos/gen/order.ts';
import { PositionEvent } from '../../protos/gen/portfolio.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, parseAmount, quantity } from '../../services/kernel/money/amount.ts';
import type { RecordedInput, Recording } from '../../services/kernel/recording/recording.ts';
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
  rowOf,
  spy,
} from './strategy-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-recording-'));
afterAll(() => rmSync(folder, { recursive: true }));

const strategy = brandOf.strategyId('probe');
const accepted = { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('V1') } } as const;

/** Buys three at its first live bar, to rest. */
const once = (context: StrategyContext) => ({
  onBar: ({ instrument, warmUp }: { readonly instrument: string; readonly warmUp: boolean }) => {
    if (warmUp || context.pending(instrument) !== 0 || context.position(instrument) !== 0) return;
    context.order.buy({ instrument, quantity: 3, limit: 100, reason: 'rest' });
  },
});

function intentOf(): OrderIntent {
  const world = createStrategyWorld({ plans: [planOf(once)] });
  world.begin();
  world.bar(0, 100);
  const intent = world.intents[0]?.intent;
  if (intent === undefined) throw new Error('no intent was sent');
  return intent;
}

function barInput(minute: number): RecordedInput {
  const time = brandOf.timestampUs(openUs + (minute + 1) * minuteUs);
  const payload = Bar.encode(barAt(minute, 100 + minute));
  return {
    strategy,
    kind: 'bar',
    id: brandOf.eventId(`bar.${minute}`),
    time,
    sequence: brandOf.sequence(0),
    payload,
  };
}

function rowInput(kind: 'order' | 'position', sequence: number, payload: Uint8Array): RecordedInput {
  const id = brandOf.eventId(`row.${sequence}`);
  return {
    strategy,
    kind,
    id,
    time: brandOf.timestampUs(openUs),
    sequence: brandOf.sequence(sequence),
    payload,
  };
}

function holding(amount: string): Uint8Array {
  const signed = brandOf.signedQuantity(parseAmount(amount));
  const totals = { cost: money(0n), realizedPnl: money(0n), fees: money(0n) };
  return PositionEvent.encode({
    ...totals,
    account: brandOf.accountId('paper-1'),
    venue: brandOf.venueId('paper'),
    instrument: spy,
    quantity: signed,
    environment: 'paper',
    strategies: [{ ...totals, strategy, quantity: signed }],
  });
}

/** An order that rests, one that ended, a position, and then so many bars that all of them are too old. */
function agedRecording(path: string): Recording {
  const recording = openSqliteRecording(path);
  const log = new InputLog({
    recording,
    keptMax: 10,
    condensedAtOnce: 5,
    historyBars: new Map([[strategy, 2]]),
  });
  log.open(ledgerId, brandOf.sequence(9));
  const intent = intentOf();
  const ended = { ...intent, clientOrderId: brandOf.clientOrderId('ENDED') };
  const canceled = { case: 'canceled', value: { reason: '' } } as const;
  log.append(rowInput('order', 1, OrderEvent.encode(rowOf(intent, 'working', accepted))));
  log.append(rowInput('order', 2, OrderEvent.encode(rowOf(ended, 'working', accepted))));
  log.append(rowInput('position', 3, holding('5')));
  log.append(rowInput('position', 4, holding('7')));
  const end = { ...rowOf(ended, 'canceled', canceled), leavesQuantity: quantity(0n) };
  log.append(rowInput('order', 5, OrderEvent.encode(end)));
  for (let minute = 0; minute < 100; minute += 1) log.append(barInput(minute));
  return recording;
}

it('given more inputs than are kept, when they are condensed, then what a start needs is left of the older ones', () => {
  const recording = agedRecording(join(folder, 'condensed.sqlite'));

  const inputs = [...recording.read()];

  expect(inputs.length).toBeLessThan(10 + 5 + 4);
  expect(inputs.slice(0, 4).map(({ kind, sequence }) => [kind, sequence])).toEqual([
    ['warmUpOrder', 1],
    ['position', 4],
    ['warmUpBar', 0],
    ['warmUpBar', 0],
  ]);
  const minutes = inputs.slice(2).map(({ id }) => Number(id.slice('bar.'.length)));
  expect(minutes).toEqual(minutes.map((_, index) => 100 - minutes.length + index));
  expect(inputs.slice(4).every(({ kind }) => kind === 'bar')).toBe(true);
  expect(recording.lastSequence()).toBe(5);
  recording.close();
});

it('given a recording that was condensed, when the service starts, then position and pending are right and nothing is asked twice', () => {
  const seen: string[] = [];
  const world = createStrategyWorld({
    recording: agedRecording(join(folder, 'restart.sqlite')),
    rows: Array.from({ length: 5 }, () => rowOf(intentOf(), 'working', accepted)),
    plans: [
      planOf((context) => ({
        onBar: (bar) => {
          once(context).onBar(bar);
          seen.push(`${bar.warmUp ? 'warm ' : ''}${context.position(spy)} ${context.pending(spy)}`);
        },
        onOrder: ({ orderId, state }) => {
          if (state === 'working') context.order.cancel(orderId);
        },
      })),
    ],
  });
  world.begin();

  expect(seen.slice(0, 3)).toEqual(['warm 7 3', 'warm 7 3', '7 3']);
  expect(new Set(seen.slice(2))).toEqual(new Set(['7 3']));
  expect(world.intents).toEqual([]);
  expect(world.requests).toEqual([]);
});

it('given a recording that is ahead of the journal of execution, when the service starts, then it begins anew and says so', () => {
  const recording = memoryRecording();
  const before = createStrategyWorld({ recording, plans: [planOf(once)] });
  before.begin();
  before.bar(0, 100);
  const intent = before.intents[0]?.intent ?? intentOf();
  before.row(rowOf(intent, 'working', accepted));
  expect(recording.lastSequence()).toBe(1);

  const pending: number[] = [];
  const after = createStrategyWorld({
    recording,
    plans: [planOf((context) => ({ onBar: () => void pending.push(context.pending(spy)) }))],
  });
  after.begin();
  after.bar(1, 100);

  expect(after.alerts.map(({ code }) => code)).toEqual(['RECORDING_DROPPED']);
  expect(pending).toEqual([0]);
  expect(recording.inputs.map(({ kind }) => kind)).toEqual(['bar']);
});

it("given a running service, when execution's journal is set back behind it, then the service ends", () => {
  const world = createStrategyWorld({ plans: [planOf(once)] });
  world.begin();
  world.bar(0, 100);
  const row = rowOf(world.intents[0]?.intent ?? intentOf(), 'working', accepted);
  for (let count = 0; count < 3; count += 1) world.row(row);
  world.restoreExecution(1);

  expect(() => world.row(row)).toThrow("execution's journal was set back to row 2, 3 were applied");
});
