// Aim: whatever is held, works and fills first, an exit's orders never turn the position round nor make it larger, and
// when the venue has done what it was asked, nothing is held.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Side } from '../../protos/gen/order.ts';
import { type ExitFacts, heldToExit, planExit } from '../../services/execution/exit-plan.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const strategies = ['one', 'two', 'three'].map(brandOf.strategyId);
const strategy = fc.constantFrom(...strategies);
const lotSize = fc.constantFrom(1n, 10n, 100n);
const units = fc.bigInt({ min: -500n, max: 500n });
const side = fc.constantFrom<Side[]>('buy', 'sell');

interface LiveOrder {
  readonly id: string;
  readonly strategy: (typeof strategies)[number];
  readonly side: Side;
  readonly isExit: boolean;
  leaves: bigint;
  isCancelWanted: boolean;
}

/** What the venue does next: to which order, and how much of it. */
const act = fc.record({
  kind: fc.constantFrom('fill', 'end', 'fillLate', 'wait'),
  pick: fc.nat(),
  share: fc.integer({ min: 1, max: 100 }),
});

const situation = fc.record({
  lotSize,
  only: fc.option(strategy, { nil: undefined }),
  holdings: fc.array(fc.record({ strategy, quantity: units }), { minLength: 1, maxLength: 3 }),
  working: fc.array(fc.record({ strategy, side, leaves: fc.bigInt({ min: 1n, max: 300n }) }), {
    maxLength: 4,
  }),
  acts: fc.array(act, { minLength: 20, maxLength: 60 }),
});

type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

/** The ledger, the orders at the venue, and an exit that does what it plans. */
class Account {
  readonly lots = new Map<(typeof strategies)[number], bigint>();
  readonly dead: LiveOrder[] = [];
  live: LiveOrder[];
  readonly #start: Situation;
  #made = 0;

  constructor(start: Situation) {
    this.#start = start;
    for (const { strategy: holder, quantity } of start.holdings) {
      this.lots.set(holder, (this.lots.get(holder) ?? 0n) + quantity);
    }
    this.live = start.working.map((order) => ({ ...order, ...this.#named(false) }));
  }

  get net(): bigint {
    return [...this.lots.values()].reduce((sum, quantity) => sum + quantity, 0n);
  }

  facts(): ExitFacts {
    return {
      net: brandOf.signedQuantity(this.net),
      holdings: [...this.lots].map(([holder, quantity]) => ({
        strategy: holder,
        quantity: brandOf.signedQuantity(quantity),
      })),
      strategy: this.#start.only,
      lotSize: brandOf.quantity(this.#start.lotSize),
      orders: this.live.map((order) => ({ ...order, id: brandOf.clientOrderId(order.id) })),
    };
  }

  /** Does what the plan says; returns what it sent. */
  follow(): readonly LiveOrder[] {
    const plan = planExit(this.facts());
    for (const order of this.live) {
      if (plan.cancel.some((id) => id === order.id)) order.isCancelWanted = true;
    }
    const sent = plan.send.map((piece) => ({
      ...{ strategy: piece.strategy, side: piece.side, leaves: BigInt(piece.quantity) },
      ...this.#named(true),
    }));
    this.live.push(...sent);
    return sent;
  }

  fill(order: LiveOrder, quantity: bigint): void {
    order.leaves -= quantity;
    const change = order.side === 'buy' ? quantity : -quantity;
    this.lots.set(order.strategy, (this.lots.get(order.strategy) ?? 0n) + change);
    if (order.leaves === 0n) this.end(order);
  }

  end(order: LiveOrder): void {
    this.live = this.live.filter((other) => other !== order);
    if (order.leaves > 0n) this.dead.push(order);
  }

  #named(isExit: boolean) {
    this.#made += 1;
    return { id: `order-${this.#made}`, isExit, isCancelWanted: false };
  }
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

it('whichever orders fill first, a fill of an exit only brings the position nearer to zero, and never past it', () => {
  let exitFills = 0;
  fc.assert(
    fc.property(situation, (start) => {
      const account = new Account(start);
      for (const { kind, pick, share } of start.acts) {
        const sent = account.follow();
        // Nothing else is alive when they go, and all of them together fit into what is held.
        if (sent.length > 0) {
          expect(account.live).toEqual(sent);
          expect(sent.reduce((sum, order) => sum + order.leaves, 0n)).toBeLessThanOrEqual(
            heldToExit(account.facts()),
          );
          for (const order of sent) expect(order.leaves % start.lotSize).toBe(0n);
        }
        const order = account.live[pick % Math.max(1, account.live.length)];
        if (order === undefined || kind === 'wait' || kind === 'fillLate') continue;
        if (kind === 'end') {
          account.end(order);
          continue;
        }
        const before = account.net;
        const part = (order.leaves * BigInt(share)) / 100n;
        account.fill(order, part > 0n ? part : 1n);
        if (!order.isExit) continue;
        exitFills += 1;
        expect(magnitude(account.net)).toBeLessThan(magnitude(before));
        if (account.net !== 0n) expect(account.net > 0n).toBe(before > 0n);
      }
    }),
    { numRuns: 2000 },
  );
  // The property says something only where exits traded at all.
  expect(exitFills).toBeGreaterThan(500);
});

it('however late fills of dead orders come, once the venue has answered everything what may be exited is less than a lot', () => {
  fc.assert(
    fc.property(situation, (start) => {
      const account = new Account(start);
      for (const { kind, pick, share } of start.acts) {
        account.follow();
        const among = kind === 'fillLate' ? account.dead : account.live;
        const order = among[pick % Math.max(1, among.length)];
        if (order === undefined || kind === 'wait' || order.leaves === 0n) continue;
        const part = (order.leaves * BigInt(share)) / 100n;
        if (kind === 'end') account.end(order);
        else account.fill(order, part > 0n ? part : 1n);
      }
      // From here the venue does as it is asked: cancels are confirmed, market orders fill.
      for (let round = 0; round < 20 && !planExit(account.facts()).isFlat; round += 1) {
        account.follow();
        for (const order of [...account.live]) {
          if (order.isCancelWanted) account.end(order);
          else if (order.isExit) account.fill(order, order.leaves);
        }
      }
      expect(heldToExit(account.facts())).toBeLessThan(start.lotSize);
    }),
    { numRuns: 2000 },
  );
});
