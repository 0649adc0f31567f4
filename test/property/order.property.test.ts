import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderEvent, type OrderState } from '../../protos/gen/order.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { type OrderActor, restoreOrder } from '../../services/kernel/order/order-actor.ts';
import { expectedEffect, expectedRule } from '../machines/order-conditions.ts';
import {
  aChildIntent,
  aDecision,
  anIntent,
  anOrder,
  everyBody,
  killApplied,
  submitStarted,
} from '../machines/order-samples.ts';

const intents = [anIntent(), aChildIntent()] as const;
const sequencesPerRun = 400;

/** Steps from one order to the next: what it was, what came, what it is. */
interface Step {
  readonly before: OrderActor['context'];
  readonly stateBefore: OrderState;
  readonly row: OrderEvent;
}

const unsentEnds: readonly OrderState[] = ['denied', 'lapsed', 'canceledUnsent'];
const closed: readonly OrderState[] = [
  ...unsentEnds,
  'filled',
  'resolved',
  'canceled',
  'expired',
  'rejected',
  'notFound',
];

/** Half of the sequences begin with an order that is sent, so that they get far. */
const history = fc
  .constantFrom(...intents)
  .chain((intent) => {
    const sent = [aDecision(intent, 'approved'), submitStarted];
    return fc.record({
      intent: fc.constant(intent),
      start: fc.constantFrom<readonly OrderBody[]>([], sent),
      bodies: fc.array(fc.constantFrom(...everyBody(intent)), { maxLength: 40 }),
    });
  })
  .map(({ intent, start, bodies }) => ({ intent, bodies: [...start, ...bodies] }));

function run({ intent, bodies }: typeof history extends fc.Arbitrary<infer Value> ? Value : never) {
  const order = anOrder(intent);
  const rows: OrderEvent[] = [order.stagedRow()];
  const steps: Step[] = bodies.map((body) => {
    const { context: before, state: stateBefore } = order;
    const row = order.apply(body);
    rows.push(row);
    return { before, stateBefore, row };
  });
  return { order, rows, steps };
}

function always(check: (step: Step) => void): void {
  fc.assert(
    fc.property(history, (sequence) => run(sequence).steps.forEach(check)),
    { numRuns: sequencesPerRun },
  );
}

describe('an order, whatever happens to it', () => {
  it('does what the table says', () => {
    always(({ before, stateBefore, row }) => {
      const { to } = expectedRule(stateBefore, before, row.body);
      const isMoved = to !== 'stays' && to !== 'ignored' && to !== 'quarantined';
      expect(row.state).toBe(isMoved ? to : stateBefore);
      expect(row.ignored).toBe(to === 'ignored' || to === 'quarantined');
    });
  });

  it('owes the venue what the table of effects says', () => {
    fc.assert(
      fc.property(history, (sequence) => {
        const { order } = run(sequence);
        expect(order.effect.kind).toBe(expectedEffect(order.state, order.context));
      }),
      { numRuns: sequencesPerRun },
    );
  });

  it('fills no more than was asked, unless a row says so', () => {
    fc.assert(
      fc.property(history, (sequence) => {
        let largest = 0n;
        let isFlagged = false;
        for (const { row, before } of run(sequence).steps) {
          const asked = before.replace?.quantity ?? 0n;
          for (const quantity of [row.quantity, asked]) if (quantity > largest) largest = quantity;
          isFlagged ||= row.flags.includes('OVERFILL');
          if (row.filledQuantity > largest) expect(isFlagged).toBe(true);
        }
      }),
      { numRuns: sequencesPerRun },
    );
  });

  it('stays at an end that was never sent: all that comes is a recorded no-op', () => {
    always(({ stateBefore, row, before }) => {
      if (!unsentEnds.includes(stateBefore)) return;
      expect(row).toMatchObject({ state: stateBefore, ignored: true, leavesQuantity: 0n });
      expect(row.filledQuantity).toBe(before.filledQuantity);
    });
  });

  it('reserves all that is not filled while nobody knows', () => {
    always(({ row }) => {
      if (row.state !== 'unknown') return;
      expect(row.leavesQuantity).toBeGreaterThanOrEqual(row.quantity - row.filledQuantity);
    });
  });

  it('reserves something exactly while it is open', () => {
    always(({ row }) => {
      if (closed.includes(row.state)) expect(row.leavesQuantity).toBe(0n);
      else expect(row.leavesQuantity).toBeGreaterThan(0n);
    });
  });

  it('reserves the larger of old and new while a replace is on its way', () => {
    always(({ row, before }) => {
      if (row.state !== 'pendingReplace' || row.body.case !== 'replaceStarted') return;
      const old = before.order.quantity;
      const { quantity } = row.body.value;
      expect(row.leavesQuantity).toBe((quantity > old ? quantity : old) - row.filledQuantity);
    });
  });

  it('counts a fill once it was sent, however late, and each execution id once', () => {
    always(({ stateBefore, row, before }) => {
      if (row.body.case !== 'filled' || row.ignored) return;
      const { executionId, quantity } = row.body.value;
      expect(before.fills.some((fill) => fill.executionId === executionId)).toBe(false);
      const grown = row.filledQuantity - before.filledQuantity;
      const inferred = before.fills.some((fill) => fill.inferred && !fill.busted);
      if (inferred) expect(grown).toBeLessThanOrEqual(quantity);
      else expect(grown).toBe(quantity);
      if (closed.includes(stateBefore)) expect(row.flags).toContain('LATE_FILL');
    });
    always(({ stateBefore, row, before }) => {
      if (row.body.case !== 'filled' || !row.ignored) return;
      const { executionId } = row.body.value;
      const isKnown = before.fills.some((fill) => fill.executionId === executionId);
      const isSent = before.decision !== undefined && !unsentEnds.includes(stateBefore);
      if (!isKnown && isSent) expect(row.flags).toEqual(['UNEXPECTED_FILL']);
    });
  });

  it('is sent at most once: nothing leads back before the send', () => {
    fc.assert(
      fc.property(history, (sequence) => {
        const sends = run(sequence).steps.filter(
          ({ row, stateBefore }) => row.state === 'submitting' && stateBefore !== 'submitting',
        );
        expect(sends.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: sequencesPerRun },
    );
  });

  it('takes a trip in every state: afterwards it is over, or on its way to be', () => {
    fc.assert(
      fc.property(history, (sequence) => {
        const { order } = run(sequence);
        order.apply(killApplied('stop', false));
        const isGoing = order.context.cancelWanted !== undefined;
        expect(order.closed || isGoing).toBe(true);
        expect(order.effect.kind).not.toBe('submit');
      }),
      { numRuns: sequencesPerRun },
    );
  });

  it('comes back from its rows the same, row by row and byte by byte', () => {
    fc.assert(
      fc.property(history, (sequence) => {
        const { order, rows } = run(sequence);
        const read = rows.map((row) => OrderEvent.decode(OrderEvent.encode(row)));
        const again = restoreOrder(read);
        expect(again.state).toBe(order.state);
        expect(again.context).toEqual(order.context);
        expect(again.effect).toEqual(order.effect);

        const replayed = anOrder(sequence.intent);
        const bytes = [replayed.stagedRow(), ...read.slice(1).map((row) => replayed.apply(row.body))];
        expect(bytes.map((row) => OrderEvent.encode(row))).toEqual(rows.map((row) => OrderEvent.encode(row)));
      }),
      { numRuns: sequencesPerRun },
    );
  });
});
