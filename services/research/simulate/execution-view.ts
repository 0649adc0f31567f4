import type { AuthorityEvent } from '../../../protos/gen/authority.ts';
import { type LeaseGrant, LeaseRequest } from '../../../protos/gen/control.ts';
import type { ExitEvent, OrderEvent } from '../../../protos/gen/order.ts';
import type { ReconciliationEvent } from '../../../protos/gen/portfolio.ts';
import type { Outgoing, Received } from '../../kernel/bus/bus.ts';
import { type ExecutionFact, readExecutionRow } from '../../kernel/bus/execution-row.ts';
import type { ClientOrderId, Epoch } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { JournalRow } from '../../kernel/journal/journal.ts';
import { readKillTrip } from '../../kernel/kill-switch/kill-trip.ts';
import type { TripDemand } from '../../kernel/kill-switch/switch-definition.ts';

/** A lease as the design has it, kept apart from execution's own. */
const leaseValidUs = 3_000_000;
const manual = 'manual';

/** What execution's disk says of one order. */
export interface OrderOnDisk {
  readonly strategy: string;
  readonly instrument: string;
  isStarted: boolean;
  /** Of the newest decision that let it pass. */
  riskEpoch: Epoch | undefined;
  effective: Uint8Array;
  /** Signed exits need neither decision nor lease. */
  isExit: boolean;
  /** As asked for. */
  intent: Uint8Array;
  /** Of the effective order. */
  digest: Uint8Array;
  filled: bigint;
  state: OrderEvent['state'];
}

/** What a latched switch demands, and of whom. */
export type Latched = TripDemand;

/** Execution's disk, read row by row as it grows. */
export class DiskView {
  readonly orders = new Map<ClientOrderId, OrderOnDisk>();
  /** Trips on disk so far. */
  trips = 0;
  readonly waitingForApproval = new Map<ClientOrderId, OrderOnDisk>();
  /** Exits that have begun and are neither complete nor given up. */
  readonly exits = new Map<string, string>();
  /** Latched switches: name to what they demand. */
  readonly latched = new Map<string, Latched>();
  /** Where books and venue differ, as told last; undefined while they agree. */
  held: ReconciliationEvent | undefined;
  readonly #onOrder: (event: OrderEvent, row: JournalRow) => void;
  readonly #onAuthority: (event: AuthorityEvent) => void;
  readonly #onFact: (fact: ExecutionFact) => void;

  constructor(listener: {
    readonly onOrder: (event: OrderEvent, row: JournalRow) => void;
    readonly onAuthority: (event: AuthorityEvent) => void;
    readonly onFact: (fact: ExecutionFact) => void;
  }) {
    this.#onFact = listener.onFact;
    this.#onOrder = listener.onOrder;
    this.#onAuthority = listener.onAuthority;
  }

  take(rows: readonly JournalRow[]): void {
    for (const row of rows) {
      const { fact } = readExecutionRow(row);
      this.#onFact(fact);
      if (fact.case === 'order') this.#takeOrder(fact.value, row);
      if (fact.case === 'authority') this.#onAuthority(fact.value);
      if (fact.case === 'reconciliation') this.held = fact.value.converged ? undefined : fact.value;
      if (fact.case === 'exit') this.#takeExit(fact.value);
      if (fact.case !== 'killSwitch' || fact.value.ignored) continue;
      const { name, action, level, scope } = fact.value;
      if (fact.value.body.case === 'tripped') this.trips += 1;
      if (level === 'tripped') this.latched.set(name, { action, scope });
      else this.latched.delete(name);
    }
  }

  #takeExit({ exitId, body }: ExitEvent): void {
    if (body.case === 'requested') this.exits.set(exitId, body.value.requestedBy);
    const isOver = body.case === 'completed' || (body.case === 'escalated' && body.value.givenUp === true);
    if (isOver) this.exits.delete(exitId);
  }

  #takeOrder(event: OrderEvent, row: JournalRow): void {
    const known = this.orders.get(event.clientOrderId);
    const order: OrderOnDisk = known ?? {
      strategy: event.strategy,
      instrument: event.instrument,
      isStarted: false,
      riskEpoch: undefined,
      effective: new Uint8Array(),
      isExit: false,
      intent: new Uint8Array(),
      digest: new Uint8Array(),
      filled: 0n,
      state: event.state,
    };
    this.orders.set(event.clientOrderId, order);
    const { body } = event;
    if (body.case === 'staged') order.intent = body.value.intent;
    if (body.case === 'submitStarted' && !event.ignored) order.isStarted = true;
    if (body.case === 'decided' && !event.ignored) {
      order.riskEpoch = body.value.riskEpoch;
      order.effective = body.value.effectiveOrder;
      order.digest = body.value.digest;
      order.isExit = body.value.exitId !== undefined;
    }
    order.filled = event.filledQuantity;
    order.state = event.state;
    if (order.state === 'awaitingApproval') this.waitingForApproval.set(event.clientOrderId, order);
    else this.waitingForApproval.delete(event.clientOrderId);
    this.#onOrder(event, row);
  }
}

/** One process of execution, as seen from its wires. */
export class ExecutionView {
  readonly disk: DiskView;
  readonly #asked = new Map<number, number>();
  #freshUntilUs = 0;
  /** Of the newest grant that answered a question of this process. */
  riskEpoch: Epoch = brandOf.epoch(0);
  /** A trip that was handed over is known from then on, whether the disk has it already or not. */
  #tripHeard: (Latched & { readonly tripsBefore: number }) | undefined;

  constructor(disk: DiskView) {
    this.disk = disk;
  }

  /** The same process with what it has heard, reading another disk from now on. */
  onDisk(disk: DiskView): ExecutionView {
    const view = new ExecutionView(disk);
    for (const [nonce, askedUs] of this.#asked) view.#asked.set(nonce, askedUs);
    view.#freshUntilUs = this.#freshUntilUs;
    view.riskEpoch = this.riskEpoch;
    return view;
  }

  /** What forbids to send, from memory or from disk. */
  latched(): readonly Latched[] {
    const onDisk = [...this.disk.latched.values()];
    if (this.#tripHeard === undefined) return onDisk;
    if (this.disk.trips > this.#tripHeard.tripsBefore) this.#tripHeard = undefined;
    return this.#tripHeard === undefined ? onDisk : [...onDisk, this.#tripHeard];
  }

  isFresh(nowUs: number): boolean {
    return nowUs < this.#freshUntilUs;
  }

  /** Answers which switches a start has forgotten that are latched on its disk: told by its first request. */
  onPublish({ subject, message }: Outgoing<unknown>, nowUs: number): readonly string[] {
    if (subject.type.name !== LeaseRequest.name || !isRequest(message)) return [];
    const isFirst = this.#asked.size === 0;
    this.#asked.set(message.nonce, nowUs);
    if (!isFirst) return [];
    const told = new Set<string>(message.latched);
    return [...this.disk.latched.keys()].filter((name) => !told.has(name));
  }

  onReceive({ subject, message }: Received<unknown>): void {
    if (subject.startsWith('control.v1.kill.trip.') && message instanceof Uint8Array) {
      const { action, scope } = readKillTrip(message);
      if (!this.disk.latched.has(manual)) this.#tripHeard = { action, scope, tripsBefore: this.disk.trips };
    }
    if (subject !== 'control.v1.lease.grant' || !isGrant(message)) return;
    const askedUs = this.#asked.get(message.nonce);
    if (askedUs === undefined || message.riskEpoch < this.riskEpoch) return;
    this.riskEpoch = message.riskEpoch;
    this.#freshUntilUs = Math.max(this.#freshUntilUs, askedUs + leaseValidUs);
  }
}

function isWithNonce(message: unknown): message is LeaseRequest {
  return typeof message === 'object' && message !== null && 'nonce' in message;
}

function isRequest(message: unknown): message is LeaseRequest {
  return isWithNonce(message) && 'latched' in message && 'executionEpoch' in message;
}

function isGrant(message: unknown): message is LeaseGrant {
  return isWithNonce(message) && 'riskEpoch' in message && 'state' in message;
}
