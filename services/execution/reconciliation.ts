import { ReconciliationEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { ClientOrderId, Epoch, InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { signedQuantity } from '../kernel/money/amount.ts';
import type { VenueGateway, VenueOrder } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import {
  cashDifference,
  contradictedOrder,
  type Difference,
  forgottenOrder,
  positionDifference,
  strangeOrder,
  toldDifference,
  unfilledOrder,
  wordsOf,
} from './differences.ts';
import type { Evidence } from './evidence.ts';
import { limits } from './execution-options.ts';
import type { Readiness } from './gate.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { OpeningBalance } from './opening-balance.ts';
import { ReadingTrail } from './reading-trail.ts';
import { reconcileOrder } from './reconciliation-table.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';
import {
  cursorOf,
  cursorsOf,
  movesSince,
  readVenue,
  type VenueMoves,
  type VenueSnapshot,
} from './venue-snapshot.ts';

export interface ReconciliationPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly keeper: LedgerKeeper;
  readonly evidence: Evidence;
  readonly opening: OpeningBalance;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly gateway: VenueGateway;
  readonly readiness: Readiness;
  readonly epoch: Epoch;
  readonly marketTime: () => TimestampUs;
  /** `readiness.reconciled` has changed. */
  readonly onOutcome: () => void;
}

/**
 * Looks at what a reading has found, inside the turn that books it; true when it has made the books agree with the
 * venue, which is then read once more for proof.
 */
export type Settle = (differences: readonly Difference[], snapshot: VenueSnapshot) => boolean;

/**
 * Compares all that we believe with all that the venue says, applies the differences as events, and holds trading
 * while any is left. Runs on every connect and whenever something does not add up.
 */
export class Reconciliation {
  readonly #ports: ReconciliationPorts;
  #running = false;
  #again = false;
  /** Grows with each connect: what was read across one is read again. */
  #connection = 0;
  #attempts = 0;
  /** Fills that no report had brought, since the last row that counted them. */
  #fillsApplied = 0;
  /** While the venue is read, from when its past is known. */
  #trail: ReadingTrail | undefined;
  /** What the last row said; undefined before the first since a connect. */
  #lastDifferences: string | undefined;
  #stopTimer: StopTimer = () => {};
  /** For the next reading that begins; one at a time, since whoever waits asks again. */
  #settleNext: Settle | undefined;
  /** To be told of the restart as soon as the venue was read. */
  #approvedBefore: readonly OrderEntry[] = [];

  constructor(ports: ReconciliationPorts) {
    this.#ports = ports;
  }

  /** The venue is back, or here for the first time: nothing is taken for granted. */
  restart(): void {
    this.#connection += 1;
    this.#lastDifferences = undefined;
    this.#attempts = 0;
    this.request();
  }

  /**
   * An earlier start may have sent until now: what was read before may be old, and does not count. What was approved
   * before this start and is not at the venue by then was not sent.
   */
  readAgain(approvedBefore: readonly OrderEntry[]): void {
    this.#approvedBefore = approvedBefore;
    if (!this.#ports.readiness.venueConnected) return;
    this.#connection += 1;
    this.#attempts = 0;
    this.hold();
  }

  /** Something at the venue is not ours: nothing is sent until a comparison has come out right. */
  hold(): void {
    this.#setReconciled(false);
    this.request();
  }

  /** Reads the venue from now on and lets `settle` say first what comes of it; not when the venue cannot be read. */
  readFor(settle: Settle): void {
    this.#settleNext = settle;
    this.request();
  }

  noteOrder(id: ClientOrderId): void {
    this.#trail?.noteOrder(id);
  }

  noteBooking(instrument: InstrumentId | undefined): void {
    this.#trail?.noteBooking(instrument);
  }

  /**
   * A report that got lost on a standing connection shows by the next one's cursor, and the account's last one by
   * nothing. So it is asked now and then what has happened that we have not heard of.
   */
  start(): void {
    const { clock, gateway, evidence, readiness } = this.#ports;
    clock.every(limits.unheardMovesUs, () => {
      if (!readiness.venueConnected || this.#running) return;
      movesSince(
        gateway,
        evidence.cursor,
      )((outcome) => {
        const heardOf = evidence.cursor;
        if (outcome.kind === 'read' && cursorsOf(outcome.value).some((cursor) => cursor > heardOf))
          this.request();
      });
    });
  }

  /** Compares as soon as no comparison is under way. */
  request(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#stopTimer();
    this.#trail = undefined;
    this.#running = true;
    this.#again = false;
    const { turn, gateway, evidence } = this.#ports;
    const connection = this.#connection;
    const settle = this.#settleNext;
    this.#settleNext = undefined;
    let asked: readonly ClientOrderId[] = [];
    readVenue(gateway, {
      cursor: evidence.cursor,
      onMoves: (moves) => {
        asked = this.#takePast(moves);
        return asked;
      },
      done: (outcome) => {
        this.#running = false;
        if (connection !== this.#connection) this.request();
        else if (outcome.kind === 'failed') this.#onUnread(outcome.reason);
        else turn.run(() => this.#apply(outcome.value, { asked, settle }));
      },
    });
  }

  /** What happened before the venue is asked how it stands is booked before: from here on both move along. */
  #takePast(moves: VenueMoves): readonly ClientOrderId[] {
    const { turn, orders, keeper, opening } = this.#ports;
    if (opening.isOpen) turn.run(() => this.#book(moves));
    this.#trail = new ReadingTrail(keeper.ledger);
    return orders.atVenue().map((entry) => entry.actor.id);
  }

  /** In the order in which they happened, so that the ledger passes through all that the venue may tell. */
  #book({ fills, activities }: VenueMoves): void {
    const { evidence } = this.#ports;
    const before = evidence.cursor;
    const takings = [
      ...fills.map((fill) => ({
        cursor: cursorOf(fill),
        take: () => {
          if (evidence.takeRead(fill) && cursorOf(fill) > before) this.#fillsApplied += 1;
        },
      })),
      ...activities.map((activity) => ({
        cursor: activity.cursor,
        take: () => evidence.takeActivity(activity),
      })),
    ];
    for (const { take } of takings.toSorted((one, other) => one.cursor - other.cursor)) take();
  }

  #apply(
    snapshot: VenueSnapshot,
    { asked, settle }: { readonly asked: readonly ClientOrderId[]; readonly settle: Settle | undefined },
  ): void {
    const { opening, evidence, orders, keeper } = this.#ports;
    if (opening.isOpen) {
      this.#book(snapshot.moves);
    } else if (cursorsOf(snapshot.moves).length > 0) {
      this.#onUnread('the account moved while it was taken over');
      return;
    } else {
      opening.takeOver(snapshot, orders);
    }
    evidence.completeUpTo(snapshot.cursor);
    const trail = this.#trail ?? new ReadingTrail(keeper.ledger);
    this.#trail = undefined;
    const still = asked.filter((id) => !trail.hasMoved(id));
    const orderDifferences = this.#compareOrders(snapshot, asked, trail);
    this.#tellRestart();
    const differences = [...orderDifferences, ...this.#compareBalance(snapshot, trail)].slice(
      0,
      limits.differencesToldMax,
    );
    if (settle?.(differences, snapshot) === true) {
      this.#attempts = 0;
      this.#lastDifferences = undefined;
      this.request();
      return;
    }
    this.#conclude(differences, { ordersChecked: still.length, ordersMoved: asked.length - still.length });
  }

  /** Told in an order of their own: a person signs them, and the venue may list its orders differently each time. */
  #compareOrders(
    snapshot: VenueSnapshot,
    asked: readonly ClientOrderId[],
    trail: ReadingTrail,
  ): readonly Difference[] {
    const { orders } = this.#ports;
    const open = new Map(snapshot.openOrders.map((order) => [order.clientOrderId, order]));
    const differences: Difference[] = [];
    for (const id of new Set([...asked, ...open.keys()])) {
      if (trail.hasMoved(id)) continue;
      const entry = orders.find(id);
      const difference =
        entry === undefined
          ? strangeOrder(id)
          : this.#compareOrder(entry, open.get(id) ?? snapshot.asked.get(id));
      if (difference !== undefined) differences.push(difference);
    }
    return differences.toSorted((one, other) => (one.text < other.text ? -1 : 1));
  }

  #tellRestart(): void {
    const { orders, epoch } = this.#ports;
    const entries = this.#approvedBefore;
    this.#approvedBefore = [];
    for (const entry of entries) {
      if (entry.actor.state === 'approved')
        orders.change(entry, { case: 'serviceRestarted', value: { epoch } });
    }
  }

  #compareOrder(entry: OrderEntry, venueOrder: VenueOrder | undefined): Difference | undefined {
    const { orders } = this.#ports;
    const verdict = reconcileOrder(entry.actor, venueOrder);
    switch (verdict.kind) {
      case 'agree':
        return undefined;
      case 'apply':
        for (const body of verdict.bodies) orders.change(entry, body);
        return undefined;
      case 'proveAbsence':
        // Until then its absence may still be proven.
        return entry.forgotten ? forgottenOrder(entry) : undefined;
      case 'contradiction':
        return venueOrder === undefined ? forgottenOrder(entry) : contradictedOrder(entry, venueOrder.status);
      case 'awaitFills':
        return venueOrder && unfilledOrder(entry, venueOrder);
      default:
        return assertNever(verdict);
    }
  }

  #compareBalance({ positions, account }: VenueSnapshot, trail: ReadingTrail): readonly Difference[] {
    const { ledger } = this.#ports.keeper;
    const differences: Difference[] = [];
    const told = new Map(positions.map((position) => [position.instrument, position.quantity]));
    for (const instrument of [...new Set([...ledger.instruments(), ...told.keys()])].toSorted()) {
      const atVenue = told.get(instrument) ?? signedQuantity(0n);
      if (trail.hadQuantity(instrument, atVenue)) continue;
      differences.push(positionDifference(instrument, { here: ledger.quantity(instrument), atVenue }));
    }
    if (!trail.hadCash(account.cash)) {
      differences.push(cashDifference({ here: ledger.cash(), atVenue: account.cash }));
    }
    return differences;
  }

  #conclude(
    differences: readonly Difference[],
    { ordersChecked, ordersMoved }: { readonly ordersChecked: number; readonly ordersMoved: number },
  ): void {
    const { alerts, gateway } = this.#ports;
    if (differences.length === 0) {
      this.#attempts = 0;
      this.#record(differences, ordersChecked);
      this.#setReconciled(true);
      if (this.#again) this.request();
      else if (ordersMoved > 0) this.#retry(limits.reconciliationSlowUs);
      return;
    }
    this.#attempts += 1;
    if (this.#attempts < limits.reconciliationReadsMax) {
      this.#retry(limits.reconciliationRetryUs);
      return;
    }
    if (this.#record(differences, ordersChecked)) {
      alerts.raise('critical', {
        code: 'RECONCILIATION_BREAK',
        text: `The account does not agree with ${gateway.venue}, trading holds: ${wordsOf(differences).join('; ')}. See "npx --no interlock reconcile".`,
        about: gateway.account,
        account: gateway.account,
      });
    }
    this.#setReconciled(false);
    const isAwaited = this.#settleNext !== undefined;
    this.#retry(isAwaited ? limits.reconciliationRetryUs : limits.reconciliationSlowUs);
  }

  #onUnread(reason: string): void {
    const { alerts, gateway } = this.#ports;
    this.#attempts += 1;
    if (this.#attempts === limits.reconciliationReadsMax) {
      alerts.raise('critical', {
        code: 'VENUE_UNREADABLE',
        text: `The account at ${gateway.venue} cannot be read: ${reason}.`,
        about: gateway.account,
        account: gateway.account,
      });
      this.#setReconciled(false);
    }
    const isSlow = this.#attempts >= limits.reconciliationReadsMax;
    this.#retry(isSlow ? limits.reconciliationSlowUs : limits.reconciliationRetryUs);
  }

  /** True when it says something new. */
  #record(differences: readonly Difference[], ordersChecked: number): boolean {
    const { turn, gateway, epoch, marketTime } = this.#ports;
    const words = wordsOf(differences);
    const text = words.join('\n');
    const fillsApplied = this.#fillsApplied;
    if (text === this.#lastDifferences && fillsApplied === 0) return false;
    this.#lastDifferences = text;
    this.#fillsApplied = 0;
    turn.record({
      aggregate: `account/${gateway.account}`,
      type: ReconciliationEvent,
      message: {
        account: gateway.account,
        venue: gateway.venue,
        converged: differences.length === 0,
        ordersChecked,
        fillsApplied,
        differences: words,
        executionEpoch: epoch,
        details: differences.map(toldDifference),
      },
      time: marketTime(),
    });
    return true;
  }

  #setReconciled(reconciled: boolean): void {
    const { readiness, turn, onOutcome } = this.#ports;
    if (readiness.reconciled === reconciled) return;
    readiness.reconciled = reconciled;
    turn.run(() => turn.onceDurable(onOutcome));
  }

  #retry(delayUs: number): void {
    this.#stopTimer();
    this.#stopTimer = this.#ports.clock.after(delayUs, () => this.request());
  }
}
