import { ExitEvent, ExitPosition, type OrderEvent } from '../../protos/gen/order.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { EventId, InstrumentId, Sequence, StrategyId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { KillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import { formatAmount } from '../kernel/money/amount.ts';
import type { Ledger } from '../kernel/position/ledger.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { limits } from './execution-options.ts';
import { makeWay, stageExitOrder } from './exit-order.ts';
import { type ExitFacts, type ExitPlan, heldToExit, planExit } from './exit-plan.ts';
import { ExitRounds } from './exit-rounds.ts';
import { type ExitScope, factsOf, instrumentsOf, whatOf } from './exit-scope.ts';
import type { Gate } from './gate.ts';
import type { Instruments } from './instruments.ts';
import type { KillBoard } from './kill-board.ts';
import type { Liquidators } from './liquidators.ts';
import { publishAgain } from './publication.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface ExitPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly ledger: Ledger;
  readonly instruments: Instruments;
  readonly board: KillBoard;
  readonly liquidators: Liquidators;
  readonly gate: Gate;
  readonly authority: AuthorityKeeper;
  readonly gateway: VenueGateway;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly alerts: Alerts;
  readonly environment: Environment;
  readonly marketTime: () => TimestampUs;
}

interface Exit {
  readonly id: EventId;
  readonly scope: ExitScope;
  readonly requestedBy: string;
  readonly startedUs: number;
  /** Made so far, by all processes: the ordinal of the next. */
  orders: number;
  isEscalated: boolean;
  /** Where it is not flat, and why not yet. */
  readonly open: Map<InstrumentId, string>;
  /** Of these, where less is held than the venue trades. */
  readonly dust: Set<InstrumentId>;
  /** Nothing is held here any more, and why that is not certain. */
  doubt: string | undefined;
}

/**
 * Closes what is held: asked for by a person's signature, or by a latched switch that liquidates once its cancels are
 * confirmed. What stands in the way is canceled, and known to be dead, before anything is sent; what is sent is proven
 * to reduce. Whatever the venue does, an exit goes on until nothing is held, and calls for a person on the way.
 */
export class Exits {
  readonly #ports: ExitPorts;
  readonly #rounds: ExitRounds;
  /** Under way, the oldest first: where several are about one instrument, the first of them acts. */
  readonly #active = new Map<EventId, Exit>();
  /** How many liquidations each switch has asked for. */
  readonly #liquidations = new Map<string, number>();
  /** Last order of an exit, for people to read how it ended. */
  readonly #lastOrders = new Map<InstrumentId, OrderEntry>();

  #endedAt: Sequence;

  constructor(ports: ExitPorts) {
    this.#ports = ports;
    this.#endedAt = ports.journal.head().sequence;
    const { clock, turn } = ports;
    // At the end of each turn exits are reviewed, of an empty one as well.
    this.#rounds = new ExitRounds({ clock, wake: () => turn.run(() => {}) });
  }

  /** Signed; sent again until it is answered. */
  take(received: Received<ExitPosition>): void {
    const { authority, gateway, journal } = this.#ports;
    const { subject, message } = received;
    const id = brandOf.eventId(`exit.${hexOf(message.seal.nonce)}`);
    const act = {
      ...{ subject, message, type: ExitPosition, payload: received.payload() },
      objection: () => {
        if (subjects.exitPosition.tokensOf(subject)?.account !== message.account) return 'SUBJECT_MISMATCH';
        return message.account === gateway.account ? undefined : 'WRONG_ACCOUNT';
      },
    } as const;
    authority.take(act, {
      onAccepted: (keyId) => {
        const { account, instrument, reason } = message;
        const requested = { requestedBy: keyId, reason, evidence: act.payload };
        this.#request(id, { account, instrument }, requested);
      },
      onRepeated: () => {
        for (const { sequence } of journal.readAggregate(aggregateOf(id)))
          publishAgain(this.#ports, sequence);
      },
    });
  }

  /** Row with which the newest exit ended; whoever has not heard of it does not know what is held. */
  get endedAt(): Sequence {
    return this.#endedAt;
  }

  /** No other order may be sent where an exit is under way. */
  covers({
    instrument,
    strategy,
  }: {
    readonly instrument: InstrumentId;
    readonly strategy: StrategyId;
  }): boolean {
    for (const { scope, open } of this.#active.values()) {
      if (scope.instrument !== undefined && scope.instrument !== instrument) continue;
      if (scope.strategy === undefined || scope.strategy === strategy || open.has(instrument)) return true;
    }
    return false;
  }

  restore({ exitId: id, body, ...scope }: ExitEvent): void {
    switch (body.case) {
      case 'requested':
        this.#begin(id, scope, body.value.requestedBy);
        return;
      case 'completed':
        this.#active.delete(id);
        return;
      case 'escalated': {
        const exit = this.#active.get(id);
        if (body.value.givenUp === true) this.#active.delete(id);
        else if (exit !== undefined) exit.isEscalated = true;
      }
    }
  }

  restoreOrder({ body }: OrderEvent): void {
    const exitId = body.case === 'decided' ? body.value.exitId : undefined;
    const exit = exitId === undefined ? undefined : this.#active.get(exitId);
    if (exit !== undefined) exit.orders += 1;
  }

  /** After a restart: what was not finished goes on. */
  resume(): void {
    for (const exit of this.#active.values()) this.#escalateInTime(exit);
  }

  /** At the end of a turn: does what can be done now. Inside the turn. */
  review(): void {
    for (const killSwitch of this.#ports.board.latched()) this.#liquidate(killSwitch);
    if (this.#active.size === 0) return;
    const acting = new Set<InstrumentId>();
    for (const exit of this.#active.values()) {
      exit.open.clear();
      exit.dust.clear();
      for (const instrument of instrumentsOf(exit.scope, this.#ports)) {
        const facts = factsOf(exit.scope, instrument, this.#ports);
        const plan = planExit(facts);
        if (plan.isFlat) continue;
        const isFirst = !acting.has(instrument);
        acting.add(instrument);
        exit.open.set(
          instrument,
          isFirst ? this.#advance(exit, { instrument, facts, plan }) : 'another exit goes first',
        );
      }
      if (exit.open.size > exit.dust.size) continue;
      // Flat is what the venue says, not only what is believed here.
      exit.doubt = this.#ports.gate.closedToExits();
      if (exit.doubt !== undefined) continue;
      if (exit.open.size === 0) this.#complete(exit);
      else this.#giveUp(exit);
    }
  }

  /** The next step in one instrument; returns why it is not flat yet, for people to read. */
  #advance(
    exit: Exit,
    step: { readonly instrument: InstrumentId; readonly facts: ExitFacts; readonly plan: ExitPlan },
  ): string {
    const { gate, orders, instruments } = this.#ports;
    const { instrument, facts, plan } = step;
    for (const id of plan.cancel) {
      const entry = orders.find(id);
      if (entry !== undefined && !entry.actor.closed) makeWay(entry, exit.id, orders);
    }
    if (plan.awaited.length > 0) return `orders ${plan.awaited.join(', ')} are not over`;
    const closedBy = gate.closedToExits();
    if (closedBy !== undefined) return `nothing can be sent: ${closedBy}`;
    if (instruments.definition(instrument) === undefined) return 'nothing can be sent: UNKNOWN_INSTRUMENT';
    if (plan.send.length === 0) {
      exit.dust.add(instrument);
      return `${formatAmount(plan.dust)} are held, less than a lot`;
    }
    if (!this.#rounds.mayBegin(instrument, facts.net)) return this.#tellFailures(exit, instrument);
    for (const piece of plan.send) {
      const entry = stageExitOrder(
        piece,
        {
          ...{ exitId: exit.id, ordinal: exit.orders, instrument, environment: this.#ports.environment },
          reason: isLiquidation(exit) ? 'LIQUIDATION' : 'SIGNED_EXIT',
          ledgerId: this.#ports.journal.ledgerId,
          now: this.#ports.marketTime(),
        },
        this.#ports,
      );
      exit.orders += 1;
      this.#lastOrders.set(instrument, entry);
    }
    return 'its orders are under way';
  }

  #tellFailures(exit: Exit, instrument: InstrumentId): string {
    const failures = this.#rounds.failures(instrument);
    const last = this.#lastOrders.get(instrument)?.actor;
    const text =
      `${failures} times in a row nothing was filled; ` +
      `the last order ended ${last?.state} ${last?.context.reasons.join(' ')}`;
    exit.open.set(instrument, text);
    if (failures > limits.exitFailuresMax) this.#escalate(exit);
    return text;
  }

  /** While it is latched, and what it was to cancel is confirmed, nothing may be held in its scope. */
  #liquidate({ name, demand, confirmation }: KillSwitch): void {
    const { gateway, instruments, liquidators } = this.#ports;
    const sold = liquidators.soldBy(name, demand);
    if (sold === undefined || confirmation !== 'confirmed') return;
    const { kind, id } = sold;
    if ((kind === 'account' || kind === 'venue') && gateway[kind] !== id) return;
    const strategy = kind === 'strategy' ? brandOf.strategyId(id) : undefined;
    const scope: ExitScope = { account: gateway.account, strategy };
    const requestedBy = liquidatorOf(name);
    for (const exit of this.#active.values()) {
      if (exit.requestedBy === requestedBy && exit.scope.strategy === strategy) return;
    }
    const isHeld = instrumentsOf(scope, this.#ports).some((instrument) => {
      const facts = factsOf(scope, instrument, this.#ports);
      return heldToExit(facts) >= facts.lotSize;
    });
    // Without definitions nothing could be sent, nor told from what is too small to be.
    if (!isHeld || !instruments.listed) return;
    const ordinal = (this.#liquidations.get(requestedBy) ?? 0) + 1;
    const exitId = brandOf.eventId(`exit.${requestedBy}.${ordinal}`);
    this.#request(exitId, scope, {
      requestedBy,
      reason: `the kill switch ${name} has tripped`,
      evidence: new Uint8Array(0),
    });
  }

  #request(
    id: EventId,
    scope: ExitScope,
    requested: { readonly requestedBy: string; readonly reason: string; readonly evidence: Uint8Array },
  ): void {
    const exit = this.#begin(id, scope, requested.requestedBy);
    this.#record(exit, { case: 'requested', value: requested });
    this.#tell('warning', exit, {
      code: 'EXIT_REQUESTED',
      text: `Exit of ${whatOf(scope)}, asked for by ${requested.requestedBy}: ${requested.reason}.`,
    });
    this.#escalateInTime(exit);
  }

  #begin(id: EventId, scope: ExitScope, requestedBy: string): Exit {
    const startedUs = this.#ports.clock.monotonicUs();
    const exit: Exit = {
      ...{ id, scope, requestedBy, startedUs },
      orders: 0,
      isEscalated: false,
      open: new Map(),
      dust: new Set(),
      doubt: undefined,
    };
    this.#active.set(id, exit);
    this.#liquidations.set(requestedBy, (this.#liquidations.get(requestedBy) ?? 0) + 1);
    return exit;
  }

  #complete(exit: Exit): void {
    const { clock } = this.#ports;
    this.#active.delete(exit.id);
    for (const instrument of instrumentsOf(exit.scope, this.#ports)) this.#rounds.end(instrument);
    const elapsed = brandOf.durationUs(Math.round(clock.monotonicUs() - exit.startedUs));
    this.#record(exit, { case: 'completed', value: { orders: exit.orders, elapsed } });
    this.#tell('warning', exit, {
      code: 'EXIT_COMPLETED',
      text: `${whatOf(exit.scope)} is flat after ${exit.orders} orders and ${Math.round(elapsed / 1000)} ms.`,
    });
  }

  #escalateInTime(exit: Exit): void {
    const { clock, turn } = this.#ports;
    clock.after(limits.exitEscalateUs, () => {
      if (this.#active.has(exit.id)) turn.run(() => this.#escalate(exit));
    });
  }

  #escalate(exit: Exit): void {
    if (exit.isEscalated) return;
    exit.isEscalated = true;
    const instruments = [...exit.open.keys()];
    const reason =
      instruments.length > 0
        ? [...new Set(exit.open.values())].join('; ')
        : `nothing is held here, and the venue has not confirmed it: ${exit.doubt}`;
    this.#record(exit, { case: 'escalated', value: { reason, instruments } });
    this.#tell('critical', exit, {
      code: 'EXIT_ESCALATED',
      text: `The exit of ${whatOf(exit.scope)} is not complete: ${reason}${instruments.length > 0 ? ` (${instruments.join(', ')})` : ''}. Look at the venue; it goes on.`,
    });
  }

  /** No order can close what is left, and trading must not wait for it. */
  #giveUp(exit: Exit): void {
    this.#active.delete(exit.id);
    const instruments = [...exit.open.keys()];
    const reason = [...exit.open].map(([instrument, why]) => `${instrument}: ${why}`).join('; ');
    this.#record(exit, { case: 'escalated', value: { reason, instruments, givenUp: true } });
    this.#tell('critical', exit, {
      code: 'EXIT_GIVEN_UP',
      text: `The exit of ${whatOf(exit.scope)} is over and something is left (${reason}): only the venue can close that.`,
    });
  }

  #record({ id, scope }: Exit, body: ExitEvent['body']): void {
    const message: ExitEvent = { exitId: id, ...scope, body };
    const time = this.#ports.marketTime();
    this.#ports.turn.record(
      { aggregate: aggregateOf(id), type: ExitEvent, message, time },
      ({ sequence }) => {
        if (!this.#active.has(id)) this.#endedAt = sequence;
      },
    );
  }

  #tell(
    severity: 'warning' | 'critical',
    { id, scope }: Exit,
    content: { readonly code: string; readonly text: string },
  ): void {
    const { account, strategy } = scope;
    this.#ports.alerts.raise(severity, { ...content, about: id, account, strategy });
  }
}

function aggregateOf(id: EventId): string {
  return `exit/${id}`;
}

const switchPrefix = 'switch.';

function liquidatorOf(name: string): string {
  return `${switchPrefix}${name}`;
}

function isLiquidation({ requestedBy }: Exit): boolean {
  return requestedBy.startsWith(switchPrefix);
}
