import { OrderEvent, OrderIntent, type OrderStaged } from '../../protos/gen/order.ts';
import type { ClientOrderId, Epoch, InstrumentId, Sequence, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Journal, JournalRow } from '../kernel/journal/journal.ts';
import type { OrderBody } from '../kernel/order/order.ts';
import { createOrder, type OrderActor, type OrderEngine } from '../kernel/order/order-actor.ts';
import { limits } from './execution-options.ts';
import type { Turn } from './turn.ts';

/** One order in memory: its actor, and what is under way for it besides. */
export interface OrderEntry {
  readonly actor: OrderActor;
  /** Of its rows in the journal. */
  readonly aggregate: string;
  /** As received: who says it again with other bytes means another order. */
  readonly intentBytes: Uint8Array;
  /** Where the supervisor keeps it, among its like. */
  shelf: Set<OrderEntry> | undefined;
  /** Its effect is looked at at the end of the turn. */
  isTouched: boolean;
  /** Newest row in the journal; 0 while there is none. */
  lastSequence: Sequence;
  /** Rows of the turn under way. */
  rowsPending: number;
  /** One of them has its place in the journal. */
  readonly onAppended: (row: JournalRow) => void;
  /** Of the instrument, as it stood at the send. */
  multiplier: number;
  /** Restrictions that risk had said before its decision, see Gate; undefined when an earlier process saw it. */
  decidedAfter: number | undefined;
  /** Recorded, on its way, waiting or unanswered: at most one request an order. */
  request: 'submit' | 'cancel' | 'replace' | 'lookUp' | undefined;
  /** The replace by which its group resizes it, within what risk allowed: no other decision is waited for. */
  resizeId: ClientOrderId | undefined;
  cancelAttempts: number;
  /** Look-ups since the order was last found. */
  lookUps: number;
  /** Look-ups in a row that did not find it. */
  misses: number;
  /** It has fills and the venue says that it never was: a person has been told, and it is asked for slowly. */
  forgotten: boolean;
  /** Monotonic time of the send, or of the start for an order sent by an earlier process. */
  sentUs: number;
}

/** Enough to know an intent again, and to repeat what was said last. */
export interface KnownOrder {
  readonly intentBytes: Uint8Array;
  readonly lastSequence: Sequence;
}

export interface SupervisorPorts {
  readonly journal: Journal;
  readonly turn: Turn;
  readonly engine: OrderEngine | undefined;
  readonly marketTime: () => TimestampUs;
  readonly monotonicUs: () => number;
  readonly epoch: Epoch;
  /** Of the instrument, as known now. */
  readonly multiplierOf: (instrument: InstrumentId) => number | undefined;
  /** Every row of a turn; not those replayed. */
  readonly onChange: (entry: OrderEntry, row: OrderEvent, time: TimestampUs) => void;
  /** An order leaves memory; what else is kept about it may go too. */
  readonly onPutAside: (entry: OrderEntry) => void;
}

const none: readonly OrderEntry[] = [];
const notJournaled = brandOf.sequence(0);

/**
 * All orders by id. Of those that are over only the newest stay in memory; the others are looked up in the journal,
 * by its index, when a command or evidence comes late.
 */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #orders = new Map<ClientOrderId, OrderEntry>();
  readonly #waiting = new Set<OrderEntry>();
  readonly #atVenue = new Set<OrderEntry>();
  readonly #over = new Set<OrderEntry>();
  #touched: OrderEntry[] = [];

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
  }

  find(id: ClientOrderId): OrderEntry | undefined {
    return this.#orders.get(id) ?? this.#rebuild(id);
  }

  /** Undefined for an order that was never made, or whose first row is not in the journal yet. */
  known(id: ClientOrderId): KnownOrder | undefined {
    const entry = this.#orders.get(id);
    if (entry !== undefined) return entry.lastSequence > 0 ? entry : undefined;
    const rows = this.#rowsOf(id);
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return { intentBytes: stagedIn(first).intent, lastSequence: last.sequence };
  }

  /** The newest row of this kind and those behind it, as far as they are on disk. */
  rowsSince(id: ClientOrderId, kind: OrderBody['case']): readonly Sequence[] {
    const rows = this.#rowsOf(id);
    const first = rows.findLastIndex((row) => OrderEvent.decode(row.payload).body.case === kind);
    return first < 0 ? [] : rows.slice(first).map((row) => row.sequence);
  }

  entries(): IterableIterator<OrderEntry> {
    return this.#orders.values();
  }

  /** Orders that have not been sent and still may be. */
  waiting(): readonly OrderEntry[] {
    return this.#waiting.size === 0 ? none : [...this.#waiting];
  }

  /** Orders that are or may be at the venue. */
  atVenue(): readonly OrderEntry[] {
    return this.#atVenue.size === 0 ? none : [...this.#atVenue];
  }

  /** Creates the order with its first row. */
  stage(intent: OrderIntent, bytes: Uint8Array): OrderEntry {
    const entry = this.#add(intent, bytes);
    this.#record(entry, entry.actor.stagedRow(), this.#ports.marketTime());
    return entry;
  }

  /** Gives the order an event and records the row. */
  change(entry: OrderEntry, body: OrderBody, time = this.#ports.marketTime()): OrderEvent {
    if (entry.actor.state === 'approved' && isWordOfVenue(body)) this.#adopt(entry, time);
    const row = apply(entry, body);
    this.#record(entry, row, time);
    return row;
  }

  /**
   * The venue knows of it and this start has not sent it: an earlier one has, with the lease that it had, and that is
   * not in this journal. From here on it is an order whose answer was lost.
   */
  #adopt(entry: OrderEntry, time: TimestampUs): void {
    const { epoch, multiplierOf } = this.#ports;
    const multiplier = multiplierOf(entry.actor.context.order.instrument);
    const bodies: readonly OrderBody[] = [
      { case: 'submitStarted', value: { attempt: 0, multiplier } },
      { case: 'serviceRestarted', value: { epoch } },
    ];
    for (const body of bodies) this.#record(entry, apply(entry, body), time);
  }

  /** Has the order's effect looked at at the end of the turn. */
  touch(entry: OrderEntry): void {
    if (entry.isTouched) return;
    entry.isTouched = true;
    this.#touched.push(entry);
  }

  /** Orders touched since the last call, each once. */
  takeTouched(): readonly OrderEntry[] {
    const touched = this.#touched;
    if (touched.length === 0) return none;
    for (const entry of touched) entry.isTouched = false;
    this.#touched = [];
    return touched;
  }

  /** One row of an earlier process; returns the order as it stands after it. */
  restore(event: OrderEvent, row: JournalRow): OrderEntry {
    const id = event.clientOrderId;
    const { body } = event;
    let entry = this.#orders.get(id);
    if (entry !== undefined) apply(entry, body);
    else if (body.case === 'staged')
      entry = this.#add(OrderIntent.decode(body.value.intent), body.value.intent);
    else entry = this.#rebuild(id, row.sequence);
    if (entry === undefined) throw new Error(`order ${id} has no first row in the journal`);
    entry.lastSequence = row.sequence;
    this.#file(entry);
    return entry;
  }

  #add(intent: OrderIntent, intentBytes: Uint8Array): OrderEntry {
    const entry: OrderEntry = {
      actor: createOrder(intent, intentBytes, this.#ports.engine),
      aggregate: aggregateOf(intent.clientOrderId),
      intentBytes,
      shelf: undefined,
      isTouched: false,
      lastSequence: notJournaled,
      rowsPending: 0,
      onAppended: ({ sequence }) => {
        entry.lastSequence = sequence;
        entry.rowsPending -= 1;
      },
      multiplier: 1,
      decidedAfter: undefined,
      request: undefined,
      resizeId: undefined,
      cancelAttempts: 0,
      lookUps: 0,
      misses: 0,
      forgotten: false,
      sentUs: this.#ports.monotonicUs(),
    };
    this.#orders.set(entry.actor.id, entry);
    return entry;
  }

  /** From its rows in the journal, up to and with `until`. */
  #rebuild(id: ClientOrderId, until = this.#ports.journal.durableHead().sequence): OrderEntry | undefined {
    const [first, ...others] = this.#rowsOf(id).filter((row) => row.sequence <= until);
    if (first === undefined) return undefined;
    const { intent } = stagedIn(first);
    const entry = this.#add(OrderIntent.decode(intent), intent);
    for (const row of others) apply(entry, OrderEvent.decode(row.payload).body);
    entry.lastSequence = others.at(-1)?.sequence ?? first.sequence;
    this.#file(entry);
    return entry;
  }

  #rowsOf(id: ClientOrderId): readonly JournalRow[] {
    return this.#ports.journal.readAggregate(aggregateOf(id));
  }

  #record(entry: OrderEntry, row: OrderEvent, time: TimestampUs): void {
    entry.rowsPending += 1;
    this.#ports.turn.record(
      { aggregate: entry.aggregate, type: OrderEvent, message: row, time },
      entry.onAppended,
    );
    this.#file(entry);
    this.touch(entry);
    this.#ports.onChange(entry, row, time);
  }

  /** Each order stands among its like, the one that changed last at the end; of those that are over, the oldest leave memory. */
  #file(entry: OrderEntry): void {
    const shelf = this.#shelfOf(entry.actor);
    // A set that is emptied and filled again makes itself anew.
    if (shelf !== entry.shelf || (shelf !== undefined && shelf.size > 1)) {
      entry.shelf?.delete(entry);
      entry.shelf = shelf;
      shelf?.add(entry);
    }
    if (shelf !== this.#over) return;
    for (const oldest of this.#over) {
      if (this.#over.size <= limits.endedOrdersKeptMax || !this.#isOnDisk(oldest)) return;
      this.#over.delete(oldest);
      this.#orders.delete(oldest.actor.id);
      this.#ports.onPutAside(oldest);
    }
  }

  #shelfOf(actor: OrderActor): Set<OrderEntry> | undefined {
    if (!actor.closed) return isBeforeSend(actor.state) ? this.#waiting : this.#atVenue;
    return isOver(actor) ? this.#over : undefined;
  }

  /** The journal can give it back. */
  #isOnDisk({ lastSequence, rowsPending }: OrderEntry): boolean {
    return rowsPending === 0 && lastSequence <= this.#ports.journal.durableHead().sequence;
  }
}

function aggregateOf(id: ClientOrderId): string {
  return `order/${id}`;
}

function stagedIn(row: JournalRow): OrderStaged {
  const { body } = OrderEvent.decode(row.payload);
  if (body.case === 'staged') return body.value;
  throw new Error(`row ${row.sequence} is the first of ${row.aggregate} and says ${body.case}`);
}

function apply(entry: OrderEntry, body: OrderBody): OrderEvent {
  if (body.case === 'submitStarted') entry.multiplier = body.value.multiplier ?? 1;
  return entry.actor.apply(body);
}

/** Nothing more can come of it but late evidence: it ended unsent or unfilled, or its outcome is known. */
function isOver({ closed, state, context }: OrderActor): boolean {
  return closed && state !== 'filled' && (state === 'resolved' || context.filledQuantity === 0n);
}

function isWordOfVenue(body: OrderBody): boolean {
  switch (body.case) {
    case 'accepted':
    case 'foundWorking':
    case 'filled':
    case 'replaced':
    case 'canceled':
    case 'expired':
    case 'rejected':
      return true;
    default:
      return false;
  }
}

function isBeforeSend(state: OrderActor['state']): boolean {
  return (
    state === 'staged' ||
    state === 'awaitingApproval' ||
    state === 'rechecking' ||
    state === 'contingent' ||
    state === 'approved'
  );
}
