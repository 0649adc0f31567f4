import { describe, expect, it } from 'vitest';
import type { GroupKind, GroupRole, OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { OrderActor } from '../../services/kernel/order/order-actor.ts';
import { createGroup, resizesMax } from '../../services/kernel/order/order-group.ts';
import { type GroupRuleName, groupRules } from '../../services/kernel/order/order-group-table.ts';
import * as sample from './order-samples.ts';

const groupId = brandOf.groupId('group-1');
const parentId = brandOf.clientOrderId('parent');

function member(role: GroupRole, id: string, overrides: Partial<OrderIntent> = {}): OrderActor {
  const intent = sample.anIntent({
    clientOrderId: brandOf.clientOrderId(id),
    groupId,
    groupRole: role,
    ...overrides,
  });
  const order = sample.anOrder(intent);
  order.apply(sample.aDecision(intent, 'approved'));
  return order;
}

const child = (role: GroupRole, id: string, overrides: Partial<OrderIntent> = {}) =>
  member(role, id, { parentOrderId: parentId, side: 'sell', ...overrides });

function send(order: OrderActor): OrderActor {
  order.apply(sample.submitStarted);
  order.apply(sample.accepted);
  return order;
}

/** A group of these members; what it wants is asked with `wants`. */
function groupOf(kind: GroupKind, ...members: readonly OrderActor[]) {
  const group = createGroup({ id: groupId, kind });
  for (const order of members) group.add(order);
  return {
    group,
    wants: () =>
      group.review().actions.map((action) => {
        const count = 'quantity' in action ? ` ${action.quantity / 1_000_000_000n}` : '';
        return `${action.kind} ${action.child}${count}`;
      }),
    /** Does to the members what the group wants, as execution does; a resize is carried out at once. */
    settle: () => {
      for (const action of group.review().actions) {
        const target = members.find((order) => order.id === action.child);
        if (action.kind === 'release') {
          const { parent: parentOrderId, quantity } = action;
          target?.apply({ case: 'parentFilled', value: { parentOrderId, quantity } });
          if (target !== undefined) send(target);
        } else if (action.kind === 'close') {
          target?.apply({ case: 'groupClosed', value: { reason: action.reason } });
        } else {
          const count = Number(action.quantity / 1_000_000_000n);
          target?.apply(sample.replaceRequested(`resize-${count}`, count));
          target?.apply(sample.replaceStarted(`resize-${count}`, count));
          target?.apply(sample.replaced(`resize-${count}`, count));
        }
      }
    },
  };
}

function aBracket() {
  const parent = send(member('parent', 'parent'));
  const profit = child('takeProfit', 'profit');
  const stop = child('stopLoss', 'stop');
  return { parent, profit, stop, ...groupOf('bracket', parent, profit, stop) };
}

function anOco() {
  const one = send(member('leg', 'one'));
  const two = send(member('leg', 'two'));
  return { one, two, ...groupOf('oco', one, two) };
}

const examples: Readonly<Record<GroupRuleName, () => void>> = {
  childrenWait: () => {
    const { wants, profit } = aBracket();
    expect(wants()).toEqual([]);
    expect(profit.state).toBe('contingent');
  },
  fillsReleaseChildren: () => {
    const { parent, wants } = aBracket();
    parent.apply(sample.aFill('p1', 40));
    expect(wants()).toEqual(['release profit 40', 'release stop 40']);
  },
  wholeReleasesOthers: () => {
    const parent = send(member('parent', 'parent'));
    const hedge = child('leg', 'hedge', {
      instrument: brandOf.instrumentId('QQQ'),
      quantity: sample.units(7),
    });
    const { wants } = groupOf('oto', parent, hedge);
    parent.apply(sample.aFill('p1', 40));
    expect(wants()).toEqual([]);
    parent.apply(sample.aFill('p2', 60));
    expect(wants()).toEqual(['release hedge 7']);
  },
  fillsResizeChildren: () => {
    const { parent, wants, settle, stop } = aBracket();
    parent.apply(sample.aFill('p1', 40));
    settle();
    parent.apply(sample.aFill('p2', 60));
    expect(wants()).toEqual(['resize profit 100', 'resize stop 100']);
    settle();
    expect(stop.context.order.quantity).toBe(sample.units(100));
    parent.apply(sample.aBust('p2'));
    expect(wants()).toContain('resize stop 40');
  },
  parentEndsUnfilled: () => {
    const { parent, wants, settle, profit } = aBracket();
    parent.apply(sample.canceled);
    expect(wants()).toEqual(['close profit', 'close stop']);
    settle();
    expect(profit.state).toBe('canceledUnsent');
  },
  exitStopsEntry: () => {
    const { parent, wants, settle, profit } = aBracket();
    parent.apply(sample.aFill('p1', 40));
    settle();
    profit.apply(sample.aFill('x1', 10));
    expect(wants()).toEqual(['close parent', 'resize stop 30']);
  },
  partialLegResizesOther: () => {
    const { one, wants } = anOco();
    one.apply(sample.aFill('x1', 30));
    expect(wants()).toEqual(['resize two 70']);
  },
  filledLegClosesOther: () => {
    const { one, two, wants, settle } = anOco();
    one.apply(sample.aFill('x1', 100));
    expect(wants()).toEqual(['close two']);
    settle();
    expect(two.state).toBe('pendingCancel');
  },
  lostLegClosesOco: () => {
    const { one, wants } = anOco();
    one.apply(sample.rejected);
    expect(wants()).toEqual(['close two']);
  },
  lostLegKeepsBracket: () => {
    const { parent, stop, profit, wants, settle, group } = aBracket();
    parent.apply(sample.aFill('p1', 100));
    settle();
    profit.apply(sample.canceled);
    expect(wants()).toEqual([]);
    expect(group.isUnprotected).toBe(false);
    stop.apply(sample.rejected);
    expect(group.isUnprotected).toBe(true);
    // What others have closed needs no stop any more.
    parent.apply(sample.lotsMatched);
    expect(group.isUnprotected).toBe(false);
  },
  otoChildrenAreAlone: () => {
    const parent = send(member('parent', 'parent'));
    const one = child('leg', 'one');
    const two = child('leg', 'two');
    const { wants, settle } = groupOf('oto', parent, one, two);
    parent.apply(sample.aFill('p1', 100));
    settle();
    one.apply(sample.aFill('x1', 100));
    expect(wants()).toEqual([]);
  },
};

describe('an order group', () => {
  for (const [name, example] of Object.entries(examples)) {
    it(`follows its table: ${name}`, example);
  }

  it('has an example of every rule of its table', () => {
    expect(Object.keys(examples)).toEqual(Object.keys(groupRules));
  });

  it('wants nothing more once its members have done what it wanted', () => {
    const { parent, profit, wants, settle } = aBracket();
    parent.apply(sample.aFill('p1', 100));
    settle();
    expect(wants()).toEqual([]);
    profit.apply(sample.aFill('x1', 100));
    settle();
    expect(wants()).toEqual([]);
  });

  it('ends the rest of the entry and the stop loss, when the take-profit has sold all that was filled so far', () => {
    // given a parent of which 40 are filled, and a take-profit that has sold them
    const { parent, profit, stop, wants, settle } = aBracket();
    parent.apply(sample.aFill('p1', 40));
    settle();
    profit.apply(sample.aFill('x1', 40));
    // then the rest of the parent and the stop loss go
    expect(wants()).toEqual(['close parent', 'close stop']);
    settle();
    expect([parent.state, stop.state]).toEqual(['pendingCancel', 'pendingCancel']);
  });

  it('leaves a cancel that the venue refuses to a person', () => {
    const { one, two, wants, settle } = anOco();
    one.apply(sample.rejected);
    settle();
    two.apply(sample.cancelStarted);
    two.apply(sample.cancelRefused('TOO_BUSY'));
    expect(two.state).toBe('working');
    expect(wants()).toEqual([]);
  });

  it('stops resizing a member whose replaces are refused again and again', () => {
    const { one, two, wants } = anOco();
    one.apply(sample.aFill('x1', 30));
    for (let attempt = 1; attempt <= resizesMax; attempt += 1) {
      expect(wants()).toEqual(['resize two 70']);
      two.apply(sample.replaceRequested(`resize-${attempt}`, 70));
      two.apply(sample.replaceRefused(`resize-${attempt}`, 'NOT_SUPPORTED'));
    }
    expect(wants()).toEqual([]);
  });

  it('under a kill: a pause spares the legs that protect, a stop cancels them and the position stands alone', () => {
    const { parent, profit, stop, settle, group } = aBracket();
    parent.apply(sample.aFill('p1', 100));
    settle();
    for (const leg of [profit, stop]) leg.apply(sample.killApplied('pause', true));
    expect([profit.state, stop.state, group.isUnprotected]).toEqual(['working', 'working', false]);
    for (const leg of [profit, stop]) {
      leg.apply(sample.killApplied('stop', true));
      leg.apply(sample.cancelStarted);
      leg.apply(sample.canceled);
    }
    expect([profit.state, stop.state, group.isUnprotected]).toEqual(['canceled', 'canceled', true]);
  });

  it('is journaled when its state changes, and owes the same after a restart', () => {
    const { parent, profit, stop, group } = aBracket();
    expect(group.review().row).toMatchObject({ state: 'active', members: ['parent', 'profit', 'stop'] });
    expect(group.review().row).toBeUndefined();
    parent.apply(sample.canceled);
    const before = group.review();

    const restored = createGroup({ id: groupId, kind: 'bracket' }, 'active');
    for (const order of [parent, profit, stop]) restored.add(order);
    expect(restored.review()).toEqual(before);

    profit.apply(sample.groupClosed);
    stop.apply(sample.groupClosed);
    expect(restored.review()).toMatchObject({ actions: [], row: { state: 'closed' } });
  });
});
