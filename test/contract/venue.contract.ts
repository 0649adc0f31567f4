// Aim: every gateway keeps each promise of the VenueGateway port, so that execution cannot tell which venue it trades at.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { ClientOrderId, ExecutionId, Price } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type {
  FillReport,
  ReadOutcome,
  RequestOutcome,
  VenueAccount,
  VenueFill,
  VenueGateway,
  VenueOrder,
  VenueReport,
} from '../../services/kernel/venue/venue-gateway.ts';

/** A venue, its gateway, and a hand on the market behind it. */
export interface VenueWorld {
  readonly gateway: VenueGateway;
  /** An intent that the venue takes: a buy of 10 whole units; `wanted` changes it. */
  intent(id: ClientOrderId, wanted?: Partial<OrderIntent>): OrderIntent;
  /** Far below the market: a buy there rests. */
  readonly restingPrice: Price;
  /** The market offers at least `size` units at one price, to buyers and to sellers. */
  showMarket(size: number): void;
  /** The venue finds that a fill never was, or was at another price; absent: this one never changes its word. */
  readonly reviseFill?: (executionId: ExecutionId, price: Price | undefined) => void;
  /** Everything that was caused so far has been delivered. */
  settled(): Promise<void>;
  /** The gateway's process ends and another one starts; the venue has not forgotten. */
  restart(): Promise<VenueWorld>;
  end(): Promise<void>;
}

export function describeVenueConformance(name: string, makeVenue: () => Promise<VenueWorld>): void {
  describe(`the venue: ${name}`, () => {
    let world: VenueWorld;
    let reports: VenueReport[];
    let statuses: string[];

    const begin = async (): Promise<void> => {
      reports = [];
      statuses = [];
      world.gateway.connect({
        onReport: (report) => reports.push(report),
        onStatus: (status) => statuses.push(status),
      });
      await world.settled();
      world.showMarket(100);
      await world.settled();
    };

    beforeEach(async () => {
      world = await makeVenue();
      await begin();
    });
    afterEach(() => world.end());

    const id = brandOf.clientOrderId;
    const resting = () => ({ type: 'limit', limitPrice: world.restingPrice }) as const;
    const kindsOf = (clientOrderId: ClientOrderId) =>
      reports.flatMap((report) => (idOf(report) === clientOrderId ? [report.kind] : []));

    async function outcomesOf(start: (done: (outcome: RequestOutcome) => void) => void) {
      const outcomes: RequestOutcome[] = [];
      start((outcome) => outcomes.push(outcome));
      expect(outcomes, 'a call never completes inside itself').toEqual([]);
      await world.settled();
      return outcomes;
    }
    const submit = (clientOrderId: ClientOrderId, wanted?: Partial<OrderIntent>) =>
      outcomesOf((done) => world.gateway.submit(world.intent(clientOrderId, wanted), () => true, done));
    const cancel = (clientOrderId: ClientOrderId) =>
      outcomesOf((done) => world.gateway.cancel(clientOrderId, done));

    async function read<T>(start: (done: (outcome: ReadOutcome<T>) => void) => void): Promise<T> {
      const outcomes: ReadOutcome<T>[] = [];
      start((outcome) => outcomes.push(outcome));
      expect(outcomes, 'a read never completes inside itself').toEqual([]);
      await world.settled();
      const [outcome] = outcomes;
      if (outcomes.length !== 1 || outcome?.kind !== 'read') {
        throw new Error(`expected one answer that was read, found ${outcomes.map(({ kind }) => kind)}`);
      }
      return outcome.value;
    }
    const openOrders = () => read<readonly VenueOrder[]>((done) => world.gateway.openOrders(done));
    const orderOf = (clientOrderId: ClientOrderId) =>
      read<VenueOrder | undefined>((done) => world.gateway.orderByClientId(clientOrderId, done));
    const cashNow = async () => (await read<VenueAccount>((done) => world.gateway.readAccount(done))).cash;
    const reportsSince = (cursor: number) =>
      read<readonly FillReport[]>((done) => world.gateway.fillsSince(cursor, done));
    const fillsSince = async (cursor: number): Promise<readonly VenueFill[]> =>
      (await reportsSince(cursor)).flatMap((report) => (report.kind === 'filled' ? [report.fill] : []));
    const books = async () => ({
      cash: await cashNow(),
      positions: await read((done) => world.gateway.positions(done)),
    });

    it('says that it is connected', () => {
      expect(statuses).toEqual(['connected']);
    });

    describe('submit', () => {
      it('is answered once, and the order is then known to every read', async () => {
        expect(await submit(id('a'), resting())).toEqual([{ kind: 'done' }]);
        expect(kindsOf(id('a'))).toEqual(['accepted']);
        expect(await openOrders()).toMatchObject([{ clientOrderId: 'a', status: 'working' }]);
        expect(await orderOf(id('a'))).toMatchObject({ clientOrderId: 'a', status: 'working' });
      });

      it('does not leave when it is not allowed any more at the moment of the send', async () => {
        const intent = world.intent(id('a'), resting());
        const outcomes = await outcomesOf((done) => world.gateway.submit(intent, () => false, done));
        expect(outcomes).toMatchObject([{ kind: 'unsent' }]);
        expect(await orderOf(id('a'))).toBeUndefined();
      });

      it('asks whether it is allowed during the call, once', () => {
        let asked = 0;
        world.gateway.submit(
          world.intent(id('a'), resting()),
          () => {
            asked += 1;
            return true;
          },
          () => undefined,
        );
        expect(asked).toBe(1);
      });

      it('of one id is carried out once, whatever was sent under it', async () => {
        await submit(id('a'), resting());
        expect(await submit(id('a'), resting())).toMatchObject([{ kind: 'refused' }]);
        expect(await submit(id('a'))).toMatchObject([{ kind: 'refused' }]);
        await cancel(id('a'));
        expect(await submit(id('a'))).toMatchObject([{ kind: 'refused' }]);
        expect(await openOrders()).toEqual([]);
        expect(await fillsSince(0)).toEqual([]);
      });

      it('of what the venue does not trade is refused with a code, and no report', async () => {
        const instrument = brandOf.instrumentId('NO-SUCH-THING');
        const [outcome] = await submit(id('a'), { instrument });
        expect(outcome).toMatchObject({ kind: 'refused', code: expect.stringMatching(/^[A-Z_]+$/) });
        expect(reports).toEqual([]);
      });
    });

    describe('fills', () => {
      it('are reported, add up, and are read back the same', async () => {
        await submit(id('a'));
        const fills = reports.flatMap((report) => (report.kind === 'filled' ? [report.fill] : []));
        const filled = fills.reduce((sum, fill) => sum + fill.quantity, 0n);
        expect(filled).toBe(world.intent(id('a')).quantity);
        expect(await fillsSince(0)).toEqual(fills);
        expect(await orderOf(id('a'))).toMatchObject({ status: 'filled', filledQuantity: filled });
        const positions = await read((done) => world.gateway.positions(done));
        expect(positions).toMatchObject([{ quantity: filled }]);
      });

      it('have unique ids, and a cursor from which to go on', async () => {
        await submit(id('a'));
        world.showMarket(100);
        await submit(id('b'));
        const all = await fillsSince(0);
        expect(new Set(all.map((fill) => fill.executionId)).size).toBe(all.length);
        const cursors = all.map((fill) => fill.cursor);
        expect(cursors).toEqual(cursors.toSorted((one, other) => one - other));
        const [first] = all;
        expect(await fillsSince(first?.cursor ?? 0)).toEqual(all.slice(1));
      });

      it('move cash by price, quantity and fees, to the last unit', async () => {
        const before = await cashNow();
        await submit(id('a'));
        const after = await cashNow();
        const paid = (await fillsSince(0)).reduce(
          (sum, fill) => sum + (fill.price * fill.quantity) / 1_000_000_000n + fill.fees,
          0n,
        );
        expect(before - after).toBe(paid);
        expect(paid).toBeGreaterThan(0n);
      });
    });

    describe('a fill that is taken back', () => {
      it('is as if it had never been: cash and position, fees included', async () => {
        if (world.reviseFill === undefined) return;
        const before = await books();
        await submit(id('a'));
        const [fill] = await fillsSince(0);
        if (fill === undefined) throw new Error('nothing filled');
        expect((await books()).cash).not.toBe(before.cash);
        world.reviseFill(fill.executionId, undefined);
        await world.settled();
        expect(await books()).toEqual(before);
        expect(await orderOf(id('a'))).toMatchObject({ status: 'canceled', filledQuantity: 0n });
      });

      it('is reported once, and read back the same by whoever was away, behind the fill', async () => {
        if (world.reviseFill === undefined) return;
        await submit(id('a'));
        const [fill] = await fillsSince(0);
        if (fill === undefined) throw new Error('nothing filled');
        world.reviseFill(fill.executionId, undefined);
        world.reviseFill(fill.executionId, undefined);
        await world.settled();
        const told = reports.filter(({ kind }) => kind === 'fillBusted');
        expect(told).toMatchObject([{ clientOrderId: 'a', executionId: fill.executionId }]);
        world = await world.restart();
        await begin();
        expect(await reportsSince(fill.cursor)).toEqual(told);
        expect(await reportsSince(0)).toEqual([{ kind: 'filled', fill }, ...told]);
      });

      it('of an order that is open may fill again, under another id', async () => {
        if (world.reviseFill === undefined) return;
        world.showMarket(4);
        await submit(id('b'), { timeInForce: 'gtc' });
        const [fill] = await fillsSince(0);
        if (fill === undefined) throw new Error('nothing filled');
        expect(await orderOf(id('b'))).toMatchObject({ status: 'partiallyFilled' });
        world.reviseFill(fill.executionId, undefined);
        world.showMarket(100);
        await world.settled();
        const again = await fillsSince(fill.cursor);
        const filled = again.reduce((sum, one) => sum + one.quantity, 0n);
        expect(filled).toBe(world.intent(id('b')).quantity);
        expect(again.map(({ executionId }) => executionId)).not.toContain(fill.executionId);
        expect((await books()).positions).toMatchObject([{ quantity: filled }]);
      });
    });

    it('a fill that is corrected moves cash by the difference, is told once and read back the same', async () => {
      if (world.reviseFill === undefined) return;
      await submit(id('a'));
      const [fill] = await fillsSince(0);
      if (fill === undefined) throw new Error('nothing filled');
      const before = await books();
      const price = brandOf.price(fill.price - 10_000_000n);
      world.reviseFill(fill.executionId, price);
      await world.settled();
      const after = await books();
      expect(after.positions).toEqual(before.positions);
      expect(after.cash - before.cash).toBe(fill.quantity / 100n);
      const { executionId, quantity, fees } = fill;
      const told = reports.filter(({ kind }) => kind === 'fillCorrected');
      expect(told).toMatchObject([{ clientOrderId: 'a', executionId, quantity, price, fees }]);
      expect(await reportsSince(fill.cursor)).toEqual(told);
      world.reviseFill(fill.executionId, undefined);
      await world.settled();
      expect((await books()).positions).toEqual([]);
    });

    describe('cancel', () => {
      it('is answered, reported, and confirmed by reading the venue back', async () => {
        await submit(id('a'), resting());
        expect(await cancel(id('a'))).toEqual([{ kind: 'done' }]);
        expect(kindsOf(id('a'))).toEqual(['accepted', 'canceled']);
        expect(await openOrders()).toEqual([]);
        expect(await orderOf(id('a'))).toMatchObject({ status: 'canceled' });
      });

      it('of an unknown or a closed order is refused with a code', async () => {
        expect(await cancel(id('nobody'))).toMatchObject([{ kind: 'refused' }]);
        await submit(id('a'), resting());
        await cancel(id('a'));
        expect(await cancel(id('a'))).toMatchObject([{ kind: 'refused' }]);
        expect(kindsOf(id('a'))).toEqual(['accepted', 'canceled']);
      });
    });

    describe('replace', () => {
      const replace = (quantity: bigint, isAllowed = true) => {
        const request = { requestId: id('r'), clientOrderId: id('a'), quantity: brandOf.quantity(quantity) };
        return outcomesOf((done) => world.gateway.replace(request, () => isAllowed, done));
      };

      it('changes the order, and the venue remembers which request it was', async () => {
        if (!world.gateway.capabilities.replace) return;
        const half = world.intent(id('a')).quantity / 2n;
        await submit(id('a'), resting());
        expect(await replace(half)).toEqual([{ kind: 'done' }]);
        expect(kindsOf(id('a'))).toEqual(['accepted', 'replaced']);
        expect(await orderOf(id('a'))).toMatchObject({ quantity: half, replaceRequestId: 'r' });
      });

      it('does not leave when it is not allowed any more', async () => {
        if (!world.gateway.capabilities.replace) return;
        await submit(id('a'), resting());
        expect(await replace(5n, false)).toMatchObject([{ kind: 'unsent' }]);
        expect(kindsOf(id('a'))).toEqual(['accepted']);
      });
    });

    it('an order that never came is not found by the reads that prove its absence', async () => {
      expect(world.gateway.absence.sources.length).toBeGreaterThan(0);
      expect(world.gateway.absence.reads).toBeGreaterThan(0);
      expect(await orderOf(id('nobody'))).toBeUndefined();
    });

    it('after a restart of the gateway the venue still knows orders, fills, positions and cash', async () => {
      await submit(id('filled'));
      await submit(id('open'), resting());
      const known = async () => ({
        open: await openOrders(),
        filled: await orderOf(id('filled')),
        fills: await fillsSince(0),
        positions: await read((done) => world.gateway.positions(done)),
        cash: await cashNow(),
      });
      const before = await known();
      world = await world.restart();
      await begin();
      expect(await known()).toEqual(before);
      expect(await submit(id('open'), resting())).toMatchObject([{ kind: 'refused' }]);
      expect(await cancel(id('open'))).toEqual([{ kind: 'done' }]);
    });

    it('once closed, nothing is sent and every call is still answered', async () => {
      await world.gateway.close();
      expect(await submit(id('a'), resting())).toMatchObject([{ kind: 'unsent' }]);
      const outcomes: ReadOutcome<readonly VenueOrder[]>[] = [];
      world.gateway.openOrders((outcome) => outcomes.push(outcome));
      await world.settled();
      expect(outcomes).toMatchObject([{ kind: 'failed' }]);
    });
  });
}

function idOf(report: VenueReport): ClientOrderId | undefined {
  if (report.kind === 'activity') return undefined;
  return report.kind === 'filled' ? report.fill.clientOrderId : report.clientOrderId;
}
