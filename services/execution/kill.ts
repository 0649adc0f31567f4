import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { ClientOrderId, SwitchName, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { KillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import type { KillSwitchBody } from '../kernel/kill-switch/kill-switch-table.ts';
import { tripPayloadBytesMax } from '../kernel/kill-switch/kill-trip.ts';
import { leftOutText, RepeatedTrips } from '../kernel/kill-switch/repeated-trips.ts';
import { scopeCovers, type TripDemand, widens } from '../kernel/kill-switch/switch-definition.ts';
import type { ReadOutcome, VenueGateway, VenueOrder } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import { limits } from './execution-options.ts';
import { isExitOrder } from './exit-order.ts';
import type { Gate } from './gate.ts';
import type { KillBoard } from './kill-board.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface Trip extends TripDemand {
  readonly name: SwitchName;
  readonly source: string;
  readonly reason: string;
  readonly payload: Uint8Array;
}

/** What ends a trip. */
export type KillEnd = Extract<KillSwitchBody, { case: 'resetRequested' | 'resumeRequested' }>;

export interface KillPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly board: KillBoard;
  readonly gate: Gate;
  readonly gateway: VenueGateway;
  readonly clock: Clock;
  readonly alerts: Alerts;
  readonly marketTime: () => TimestampUs;
}

/** The confirmation of one switch's cancels, until it is complete. */
interface Watch {
  readonly orders: ReadonlySet<ClientOrderId>;
  /** Those of them that are not over, as far as it was looked; undefined once the first reading has begun. */
  waitedFor: Set<ClientOrderId> | undefined;
  readonly startedUs: number;
  reads: number;
  isReading: boolean;
  stopTimer: StopTimer;
}

/**
 * Carries trips out: halted in memory at once, journaled with what it means for every order, canceled, and read back
 * from the venue until nothing in its scope is left there. What cannot be confirmed is escalated and tried on slowly.
 */
export class Kill {
  readonly #ports: KillPorts;
  readonly #repeated = new RepeatedTrips();
  readonly #watches = new Map<SwitchName, Watch>();

  constructor(ports: KillPorts) {
    this.#ports = ports;
  }

  trip({ name, source, reason, payload, ...demand }: Trip): void {
    const { turn, board, orders, alerts, clock, marketTime } = this.#ports;
    const killSwitch = board.named(name);
    const isRepeated = killSwitch.latched && !widens(killSwitch.demand, demand);
    const leftOut = isRepeated ? this.#repeated.admit(name, clock.monotonicUs()) : 0;
    if (leftOut === undefined) return;
    turn.run(() => {
      const tripped = {
        source,
        reason,
        marketTime: marketTime(),
        payload: payload.slice(0, tripPayloadBytesMax),
      };
      this.#record(killSwitch.apply({ case: 'tripped', value: tripped }, demand));
      for (const entry of [...orders.entries()]) this.applyTo(entry);
      this.#watch(killSwitch);
    });
    alerts.raise('critical', {
      code: 'KILL_TRIPPED',
      text: [`KILL ${name} tripped by ${source}`, demandText(demand), reason, leftOutText(leftOut)]
        .filter(Boolean)
        .join(': '),
      about: name,
    });
  }

  /** What the latched switches mean for one order, whether it was there at the trip or came later. */
  applyTo(entry: OrderEntry): void {
    const { board, orders, gate } = this.#ports;
    // An exit is not stopped: a switch that cancels it would keep what is held.
    if (entry.actor.closed || isExitOrder(entry)) return;
    const { order } = entry.actor.context;
    for (const { name, demand } of board.latched()) {
      if (!scopeCovers(demand.scope, order) || entry.actor.context.cancelWanted !== undefined) continue;
      const spared = demand.action === 'pause' && gate.reduces(entry, order);
      orders.change(entry, {
        case: 'killApplied',
        value: { switchName: name, action: demand.action, spared },
      });
      if (entry.actor.closed) return;
    }
  }

  /** A signed end of the trip, in the turn that journals the signature; false when it does not end it. */
  end(name: SwitchName, body: KillEnd): boolean {
    const { board, alerts } = this.#ports;
    const killSwitch = board.named(name);
    const wasLatched = killSwitch.latched;
    this.#record(killSwitch.apply(body));
    if (killSwitch.latched) return false;
    // The trip was never heard here; the row tells the next start that it is over.
    if (!wasLatched) return true;
    this.#watches.get(name)?.stopTimer();
    this.#watches.delete(name);
    const text = `KILL ${name} ended: ${body.case === 'resetRequested' ? 'reset' : 'resumed'} by ${body.value.requestedBy}.`;
    alerts.raise('warning', { code: 'KILL_ENDED', text, about: name });
    return true;
  }

  /** After a restart: what was not confirmed is confirmed now. */
  resume(): void {
    for (const killSwitch of this.#ports.board.latched()) this.#watch(killSwitch);
  }

  #watch(killSwitch: KillSwitch): void {
    const { clock } = this.#ports;
    this.#watches.get(killSwitch.name)?.stopTimer();
    this.#watches.delete(killSwitch.name);
    const orders = new Set(this.#toCancel(killSwitch).map((entry) => entry.actor.id));
    if (isPause(killSwitch) ? orders.size === 0 : !isUnconfirmed(killSwitch)) return;
    const watch: Watch = {
      orders,
      waitedFor: new Set(orders),
      startedUs: clock.monotonicUs(),
      reads: 0,
      isReading: false,
      stopTimer: () => {},
    };
    this.#watches.set(killSwitch.name, watch);
    this.#readBackLater(killSwitch, watch);
  }

  /** At the end of each turn: what is canceled by all its reports is read back without waiting any longer. */
  review(): void {
    const { board, orders, turn } = this.#ports;
    for (const [name, watch] of this.#watches) {
      for (const id of watch.waitedFor ?? []) {
        if (orders.find(id)?.actor.closed !== true) break;
        watch.waitedFor?.delete(id);
      }
      if (watch.waitedFor?.size !== 0) continue;
      watch.waitedFor = undefined;
      turn.onceDurable(() => {
        if (this.#watches.get(name) !== watch || watch.isReading || watch.reads > 0) return;
        watch.stopTimer();
        this.#readBack(board.named(name), watch);
      });
    }
  }

  #readBackLater(killSwitch: KillSwitch, watch: Watch): void {
    const delayUs = watch.reads < limits.killReadsMax ? limits.killReadUs : limits.killSlowUs;
    watch.stopTimer = this.#ports.clock.after(delayUs, () => this.#readBack(killSwitch, watch));
  }

  #readBack(killSwitch: KillSwitch, watch: Watch): void {
    watch.waitedFor = undefined;
    watch.isReading = true;
    this.#ports.gateway.openOrders((outcome) => {
      if (this.#watches.get(killSwitch.name) === watch) this.#onReadBack(killSwitch, watch, outcome);
    });
  }

  #onReadBack(killSwitch: KillSwitch, watch: Watch, outcome: ReadOutcome<readonly VenueOrder[]>): void {
    const { turn } = this.#ports;
    watch.reads += 1;
    watch.isReading = false;
    turn.run(() => {
      const ours = this.#toCancel(killSwitch);
      for (const entry of ours) this.#cancelAgain(entry, killSwitch);
      const strangers = outcome.kind === 'read' ? this.#strangers(killSwitch, outcome.value) : [];
      for (const order of strangers) this.#cancelStranger(order);
      const left = [...ours.map((entry) => entry.actor.id), ...strangers.map((order) => order.clientOrderId)];
      if (outcome.kind === 'read' && left.length === 0) {
        this.#confirm(killSwitch, watch);
        return;
      }
      if (watch.reads === limits.killReadsMax) {
        this.#escalate(killSwitch, left, outcome.kind === 'failed' ? outcome.reason : 'still open');
      }
      this.#readBackLater(killSwitch, watch);
    });
  }

  #confirm(killSwitch: KillSwitch, watch: Watch): void {
    const { orders, clock, alerts } = this.#ports;
    this.#watches.delete(killSwitch.name);
    const ends = [...watch.orders].map((id) => orders.find(id)?.actor);
    const canceled = ends.filter((order) => order?.context.closedState === 'canceled').length;
    const filled = ends.filter((order) => order?.closed && order.context.closedState === undefined).length;
    const elapsed = brandOf.durationUs(Math.round(clock.monotonicUs() - watch.startedUs));
    this.#record(killSwitch.apply({ case: 'cancelsConfirmed', value: { canceled, filled, elapsed } }));
    alerts.raise('critical', {
      code: 'KILL_CONFIRMED',
      text:
        `KILL ${killSwitch.name}: ${canceled} working orders canceled and confirmed in ` +
        `${Math.round(elapsed / 1000)} ms, ${filled} filled meanwhile; ` +
        `${isPause(killSwitch) ? 'only what reduces goes on' : 'new orders are blocked'}.`,
      about: killSwitch.name,
    });
  }

  #escalate(killSwitch: KillSwitch, left: readonly ClientOrderId[], reason: string): void {
    this.#record(killSwitch.apply({ case: 'cancelsEscalated', value: { orders: left, reason } }));
    this.#ports.alerts.raise('critical', {
      code: 'KILL_ESCALATED',
      text: `KILL ${killSwitch.name}: ${left.length} orders could not be confirmed canceled (${reason}): look at the venue.`,
      about: killSwitch.name,
    });
  }

  /** A refused cancel ends the order's own wish; the trip's goes on. */
  #cancelAgain(entry: OrderEntry, { name }: KillSwitch): void {
    if (entry.actor.context.cancelWanted !== undefined) return;
    const value = { requestedBy: `kill-switch ${name}`, reason: 'not confirmed yet' };
    this.#ports.orders.change(entry, { case: 'cancelRequested', value });
  }

  /** Orders that we never made are left alone, but not by a trip. The next reading tells what became of it. */
  #cancelStranger(order: VenueOrder): void {
    this.#ports.gateway.cancel(order.clientOrderId, () => {});
  }

  /** At the venue in the switch's scope, and either never made here or believed to be over. */
  #strangers(killSwitch: KillSwitch, open: readonly VenueOrder[]): readonly VenueOrder[] {
    const { orders, gateway } = this.#ports;
    const { demand } = killSwitch;
    // Whether they reduce is not ours to say, so a pause lets them be.
    if (isPause(killSwitch)) return [];
    return open.filter((order) => {
      const entry = orders.find(order.clientOrderId);
      if (entry !== undefined)
        return entry.actor.closed && scopeCovers(demand.scope, entry.actor.context.order);
      const { venue, account } = gateway;
      return scopeCovers(demand.scope, { venue, account, strategy: '' });
    });
  }

  /** What is at the venue and may not stay there: all of the scope, and of a pause's only what adds exposure. */
  #toCancel(killSwitch: KillSwitch): readonly OrderEntry[] {
    const { orders, gate } = this.#ports;
    return orders.atVenue().filter((entry) => {
      const { order } = entry.actor.context;
      if (isExitOrder(entry) || !scopeCovers(killSwitch.demand.scope, order)) return false;
      return !isPause(killSwitch) || !gate.reduces(entry, order);
    });
  }

  #record(event: KillSwitchEvent): void {
    const { turn, board, marketTime } = this.#ports;
    const aggregate = `kill-switch/${event.name}`;
    turn.record({ aggregate, type: KillSwitchEvent, message: event, time: marketTime() }, ({ sequence }) =>
      board.note({ event, sequence }),
    );
  }
}

function demandText({ action, scope }: TripDemand): string {
  return scope.kind === 'all' ? `${action} everything` : `${action} ${scope.kind} ${scope.id}`;
}

function isUnconfirmed({ confirmation }: KillSwitch): boolean {
  return confirmation === 'canceling' || confirmation === 'escalated';
}

/** Its machine has no word for cancels under way: they are confirmed as long as there are any. */
function isPause({ demand }: KillSwitch): boolean {
  return demand.action === 'pause';
}
