import { describe, expect, it } from 'vitest';
import { orderStates } from '../../protos/gen/order.ts';
import type { OrderBody, OrderCase } from '../../services/kernel/order/order.ts';
import { effectOf } from '../../services/kernel/order/order-effect.ts';
import { type Cell, cellOf, type Outcome } from '../../services/kernel/order/order-table.ts';
import { expectedEffect, expectedRule } from './order-conditions.ts';
import { everyStep, type Snapshot } from './order-exploration.ts';
import * as sample from './order-samples.ts';

const plain = sample.anIntent();
const steps = [...everyStep(plain), ...everyStep(sample.aChildIntent())];

describe('the order machine', () => {
  it('does what the table says, for every event in every state, in every case that the table tells apart', () => {
    const wrong: string[] = [];
    const pairs = new Set<string>();
    const tried = new Map<Cell, Set<number>>();
    for (const { from, body, to } of steps) {
      const rule = expectedRule(from.value, from.context, body);
      pairs.add(`${from.value} ${body.case}`);
      const cell = cellOf(from.value, body.case);
      tried.set(cell, (tried.get(cell) ?? new Set()).add(rule.index));
      const found = outcomeOf(from, to);
      const expected = rule.to === from.value ? 'stays' : rule.to;
      if (found === expected && to.value === stateAfter(from.value, expected)) continue;
      wrong.push(`${from.value} + ${body.case}: the table says ${rule.to}, found ${found} in ${to.value}`);
    }
    expect([...new Set(wrong)]).toEqual([]);
    expect(pairs.size).toBe(orderStates.length * eventCases().length);
    expect(casesNeverTried(tried)).toEqual([]);
  });

  it('owes the venue what the table of effects says', () => {
    for (const { to } of steps) {
      const effect = effectOf(to.value, to.context).kind;
      expect({ state: to.value, effect }).toEqual({
        state: to.value,
        effect: expectedEffect(to.value, to.context),
      });
    }
  });

  it('tells a person of what it quarantines, and of nothing that merely came late', () => {
    for (const { from, body, to } of steps) {
      const isQuarantined = to.context.note.flags.some((flag) => flag.startsWith('UNEXPECTED'));
      const { to: outcome } = expectedRule(from.value, from.context, body);
      expect({ state: from.value, event: body.case, isQuarantined }).toEqual({
        state: from.value,
        event: body.case,
        isQuarantined: outcome === 'quarantined',
      });
    }
  });

  it('names its reasons when it denies by itself', () => {
    const denials: readonly [string, readonly OrderBody[]][] = [
      ['KILLED', [sample.killApplied('stop', false)]],
      ['RESTART', [sample.aDecision(plain, 'approved'), sample.serviceRestarted]],
      ['NOT_APPROVED', [sample.aDecision(plain, 'needsApproval'), sample.approvalDecided(false)]],
      [
        'RECHECK_DIFFERS',
        [
          sample.aDecision(plain, 'needsApproval'),
          sample.approvalDecided(true),
          sample.aDecision({ ...plain, quantity: sample.units(60) }, 'resized'),
        ],
      ],
    ];
    for (const [reason, bodies] of denials) {
      const order = sample.anOrder(plain);
      for (const body of bodies) order.apply(body);
      expect({ state: order.state, reasons: order.context.reasons }).toEqual({
        state: 'denied',
        reasons: [reason],
      });
    }
  });
});

/** What happened, in the table's words. */
function outcomeOf(from: Snapshot, to: Snapshot): Outcome {
  if (to.value !== from.value) return to.value;
  const { ignored, flags } = to.context.note;
  if (!ignored) return 'stays';
  return flags.some((flag) => flag.startsWith('UNEXPECTED')) ? 'quarantined' : 'ignored';
}

function stateAfter(before: Snapshot['value'], outcome: Outcome): Snapshot['value'] {
  return outcome === 'stays' || outcome === 'ignored' || outcome === 'quarantined' ? before : outcome;
}

function eventCases(): readonly OrderCase[] {
  return [...new Set(sample.everyBody(plain).map((body) => body.case))];
}

/** A cell that several states share is tried when one of them tries it. */
function casesNeverTried(tried: ReadonlyMap<Cell, ReadonlySet<number>>): readonly string[] {
  return orderStates.flatMap((state) =>
    eventCases().flatMap((event) => {
      const cell = cellOf(state, event);
      const parts = typeof cell === 'string' ? [cell] : cell;
      return parts.flatMap((part, index) =>
        tried.get(cell)?.has(index) ? [] : [`${state} + ${event}: ${JSON.stringify(part)}`],
      );
    }),
  );
}
