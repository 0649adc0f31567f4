import type { SnapshotFrom } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph';
import { OrderIntent } from '../../protos/gen/order.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { type OrderInput, orderMachine } from '../../services/kernel/order/order-machine.ts';
import * as sample from './order-samples.ts';

export type Snapshot = SnapshotFrom<typeof orderMachine>;

/** Of all that is known of an order, what tells its cases apart: one representative of each is explored further. */
function facetsOf(snapshot: Snapshot): string {
  const { value, context } = snapshot;
  const { cancelWanted, replace, filledQuantity, closedState } = context;
  const filled = [1, 50, 100, 101].filter((count) => filledQuantity >= sample.units(count)).length;
  const isBusted = context.fills.some((fill) => fill.busted);
  const isReplaced = context.replacedIds.length > 0;
  if (value === 'filled' || value === 'notFound') {
    return JSON.stringify([
      value,
      filled,
      isBusted,
      cancelWanted !== undefined,
      [replace?.phase, replace?.requestId],
      isReplaced,
    ]);
  }
  if (snapshot.hasTag('closed')) return JSON.stringify([value, filled, isBusted, closedState]);
  return JSON.stringify([
    value,
    ['rechecking', 'contingent'].includes(value) && context.decision?.riskEpoch,
    filled,
    isBusted && cancelWanted === undefined,
    [cancelWanted?.phase, cancelWanted?.escalated, cancelWanted?.attempts === 0],
    [replace?.phase, cancelWanted === undefined && replace?.requestId],
    isReplaced && cancelWanted === undefined,
  ]);
}

/** One event of one order. */
export interface Step {
  readonly from: Snapshot;
  readonly body: OrderBody;
  readonly to: Snapshot;
}

/** Every sample event in one representative of every case that an order can get into. */
export function* everyStep(intent: OrderIntent): Iterable<Step> {
  for (const { state: from, event, nextState: to } of adjacencyMapToArray(
    getAdjacencyMap(orderMachine, explorationOf(intent)),
  )) {
    yield { from, body: event.body, to };
  }
}

/** The shortest history that leads to each case that an order can get into. */
export function everyHistory(intent: OrderIntent): readonly (readonly OrderBody[])[] {
  const paths = getShortestPaths(orderMachine, explorationOf(intent));
  // XState tells its own start as an event.
  return paths.map(({ steps }) => steps.flatMap(({ event }) => ('body' in event ? [event.body] : [])));
}

function explorationOf(intent: OrderIntent) {
  const bodies = sample.everyBody(intent);
  return {
    input: { intent, intentBytes: OrderIntent.encode(intent) },
    events: bodies.map((body) => ({ type: body.case, body })),
    serializeState: facetsOf,
    serializeEvent: ({ body }: OrderInput) => `${bodies.indexOf(body)}`,
  };
}
