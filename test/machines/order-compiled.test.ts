// Aim: an order that follows the compiled table is the same as one that follows the machine, whatever happens to it.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import { startCompiled } from '../../services/kernel/order/compiled-order.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { createOrder, type OrderActor, type OrderEngine } from '../../services/kernel/order/order-actor.ts';
import { orderMachine } from '../../services/kernel/order/order-machine.ts';
import { everyHistory, type Snapshot } from './order-exploration.ts';
import * as sample from './order-samples.ts';

const intents = [sample.anIntent(), sample.aChildIntent()] as const;
const longRuns = 300;

describe('an order by the compiled table', () => {
  it('is as by the machine after every event in every case that an order can get into', () => {
    const different: string[] = [];
    const states = new Set<string>();
    for (const intent of intents) {
      const intentBytes = OrderIntent.encode(intent);
      for (const history of everyHistory(intent)) {
        const from = history.reduce(next, initial({ intent, intentBytes }));
        states.add(from.value);
        for (const body of sample.everyBody(intent)) {
          const byMachine = next(from, body);
          const compiled = startCompiled(intent, intentBytes);
          for (const each of [...history, body]) compiled.take(inputOf(each));
          if (isSame(compiled, byMachine)) continue;
          different.push(`${from.value} + ${body.case}: ${compiled.state}, not ${byMachine.value}`);
        }
      }
    }
    expect(different).toEqual([]);
    expect(states.size).toBe(Object.keys(orderMachine.states).length);
  }, 240_000);

  it('tells the same rows, knows the same and owes the same through long histories', () => {
    const history = fc.constantFrom(...intents).chain((intent) => {
      const sent = [sample.aDecision(intent, 'approved'), sample.submitStarted, sample.accepted];
      return fc.record({
        intent: fc.constant(intent),
        start: fc.constantFrom<readonly OrderBody[]>([], sent),
        bodies: fc.array(fc.constantFrom(...sample.everyBody(intent)), { minLength: 1, maxLength: 200 }),
      });
    });
    fc.assert(
      fc.property(history, ({ intent, start, bodies }) => {
        const [machine, compiled] = both(intent);
        expect(told(compiled, compiled.stagedRow())).toStrictEqual(told(machine, machine.stagedRow()));
        for (const body of [...start, ...bodies]) {
          const row = machine.apply(body);
          expect(told(compiled, compiled.apply(body))).toStrictEqual(told(machine, row));
        }
      }),
      { numRuns: longRuns },
    );
  });

  it('fails as by the machine when an invariant is broken, and takes nothing more', () => {
    const [intent] = intents;
    const unreadable = sample.aDecision(intent, 'approved', { effectiveOrder: Uint8Array.of(0xff) });
    for (const order of both(intent)) {
      const attempts = [unreadable, sample.cancelRequested].map((body) => failureOf(() => order.apply(body)));
      expect(attempts).toEqual([
        { message: 'order order-1: decided in staged failed', hasCause: true },
        { message: 'order order-1: cancelRequested in staged failed', hasCause: true },
      ]);
      expect(order.state).toBe('staged');
    }
  });
});

const inputOf = (body: OrderBody) => ({ type: body.case, body });
const initial = (input: { readonly intent: OrderIntent; readonly intentBytes: Uint8Array }): Snapshot =>
  initialTransition(orderMachine, input)[0];
const next = (from: Snapshot, body: OrderBody): Snapshot => transition(orderMachine, from, inputOf(body))[0];

function both(intent: OrderIntent): readonly [OrderActor, OrderActor] {
  const bytes = OrderIntent.encode(intent);
  const by = (engine: OrderEngine) => createOrder(intent, bytes, engine);
  return [by('machine'), by('compiled')];
}

function isSame(compiled: ReturnType<typeof startCompiled>, machine: Snapshot): boolean {
  return (
    compiled.state === machine.value &&
    compiled.closed === machine.hasTag('closed') &&
    isDeepStrictEqual(compiled.context, machine.context)
  );
}

/** The row as it goes to the journal, and all that can be asked of the order after it. */
function told(order: OrderActor, row: OrderEvent) {
  const { id, state, context, closed, effect } = order;
  return { row: OrderEvent.encode(row), id, state, context, closed, effect };
}

function failureOf(work: () => void): { readonly message: string; readonly hasCause: boolean } | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return { message: error.message, hasCause: error.cause instanceof Error };
    throw error;
  }
  return undefined;
}
