import type { TimestampUs } from '../kernel/codec/brand.ts';
import { Outbox } from '../kernel/journal/outbox.ts';
import { Authority } from '../kernel/signing/authority.ts';
import { Keyring } from '../kernel/signing/keyring.ts';
import { Acceptance } from './acceptance.ts';
import { Alerts } from './alerts.ts';
import { Approvals } from './approvals.ts';
import { AuthorityKeeper, type AuthorityKeeperPorts } from './authority-keeper.ts';
import { Commands } from './commands.ts';
import { Evidence } from './evidence.ts';
import { type ExecutionPorts, limits } from './execution-options.ts';
import { Exits } from './exits.ts';
import { Gate, type Readiness } from './gate.ts';
import { Groups } from './groups.ts';
import { Instruments } from './instruments.ts';
import { Kill } from './kill.ts';
import { KillBoard } from './kill-board.ts';
import { Lease } from './lease.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { Liquidators } from './liquidators.ts';
import { LookUps } from './look-ups.ts';
import { MarketTime } from './market-time.ts';
import { OpeningBalance } from './opening-balance.ts';
import { PaceKeeper } from './pace-keeper.ts';
import { toOutgoing } from './publication.ts';
import { Reconciliation, type ReconciliationPorts } from './reconciliation.ts';
import { ReplaceDecisions } from './replace-decisions.ts';
import { Reports } from './reports.ts';
import { Resets } from './resets.ts';
import { RiskTrips } from './risk-trips.ts';
import { Staging } from './staging.ts';
import { type OrderEntry, Supervisor } from './supervisor.ts';
import { createStoppableClock } from './timers.ts';
import { createTurn } from './turn.ts';
import { type VenueRequestPorts, VenueRequests } from './venue-requests.ts';
import { Voice } from './voice.ts';

export type ExecutionParts = ReturnType<typeof buildParts>;

export interface PartHandlers {
  /** Nothing waits for the disk any more. */
  readonly onSettled: () => void;
  /** What the gate asks about may have changed. */
  readonly onGateChange: () => void;
  /** From here on no earlier start of execution can send anything. */
  readonly onFirstGrant: () => void;
}

/** Everything of the service, wired: each part knows only those it is given here. */
export function buildParts(given: ExecutionPorts, handlers: PartHandlers) {
  const voice = new Voice(given.bus);
  const ports = { ...given, bus: voice.bus };
  const books = { ...buildBooks(ports, handlers), voice };
  return { ...books, ...buildEars(ports, books, handlers) };
}

/** Orders, positions, and what they owe each other and the venue. */
function buildBooks(ports: ExecutionPorts, { onSettled, onGateChange }: PartHandlers) {
  const { bus, journal, log, gateway, options, epoch, buildHash, onInstrument } = ports;
  const clock = createStoppableClock(ports.clock);
  const time = new MarketTime();
  const marketTime = (): TimestampUs => time.now;
  const readiness: Readiness = { stopping: false, venueConnected: false, reconciled: false };
  const alerts = new Alerts({ bus, log, marketTime });
  const turn = createTurn({ journal, onSettled, complete: () => completeTurn(turnParts) });
  const authority = authorityKeeperOf(ports, { turn, alerts, marketTime });
  const keeper = new LedgerKeeper(
    { account: gateway.account, venue: gateway.venue, ...options },
    { turn, alerts, onBooked: (instrument) => venueSide.reconciliation.noteBooking(instrument) },
  );
  const orders: Supervisor = new Supervisor({
    journal,
    turn,
    engine: options.orderEngine,
    marketTime,
    monotonicUs: () => clock.monotonicUs(),
    epoch: ports.epoch,
    multiplierOf: (instrument) => instruments.multiplier(instrument),
    onChange: (entry, row, at) => {
      keeper.onOrderChange(entry, row, at, orders);
      alerts.onOrderChange(row);
      venueSide.reconciliation.noteOrder(entry.actor.id);
    },
    onPutAside: (entry) => {
      keeper.forget(entry);
      groups.forget(entry);
    },
  });
  const instruments = new Instruments({ bus, clock, marketTime, onInstrument, onListed: onGateChange });
  const lease = new Lease({ epoch, buildHash, nowUs: clock.monotonicUs() });
  const board = new KillBoard();
  const liquidators = new Liquidators(options.liquidators);
  const gate = new Gate({
    ...{ readiness, lease, board, instruments, gateway, orders },
    ledger: keeper.ledger,
    environment: options.environment,
    busStatus: () => bus.status(),
    monotonicUs: () => clock.monotonicUs(),
    isExiting: (order) => exits.covers(order),
    exitsEndedAt: () => exits.endedAt,
  });
  const replaceDecisions = new ReplaceDecisions(clock);
  const groups = new Groups({ turn, orders, gateway, gate, alerts, marketTime });
  const venueSide: VenueSide = buildVenueSide(ports, {
    ...{ turn, orders, keeper, alerts, clock, gate, readiness, instruments, replaceDecisions, marketTime },
    onGateChange,
  });
  const { requests, lookUps } = venueSide;
  const kill = new Kill({ turn, orders, board, gate, gateway, clock, alerts, marketTime });
  const exits: Exits = new Exits({
    ...{ turn, orders, instruments, board, liquidators, gate, authority, gateway },
    ...{ journal, bus, clock, alerts, marketTime },
    ledger: keeper.ledger,
    environment: options.environment,
  });
  const turnParts: TurnParts = { orders, groups, exits, requests, kill };
  const outbox = new Outbox({ journal, bus, clock, log, producer: 'execution', toOutgoing });
  const pace = new PaceKeeper({
    ...{ bus, gateway },
    isSettled: () => turn.settled && requests.outstanding === 0 && lookUps.outstanding === 0,
  });

  return {
    ...{ clock, time, readiness, alerts, turn, keeper, orders, instruments, lease, board, gate, groups },
    liquidators,
    ...{ ...venueSide, kill, replaceDecisions, authority, exits, outbox, pace },
  };
}

interface TurnParts extends Pick<VenueSide, 'requests'> {
  readonly orders: Supervisor;
  readonly groups: Groups;
  readonly exits: Exits;
  readonly kill: Kill;
}

/** What exits do next, and what the touched orders owe their groups and the venue, until nothing new follows from it. */
function completeTurn({ orders, groups, exits, requests, kill }: TurnParts): void {
  let rounds = 0;
  exits.review();
  for (let touched = orders.takeTouched(); touched.length > 0; touched = orders.takeTouched()) {
    rounds += 1;
    if (rounds > limits.turnRoundsMax) throw endless(touched);
    for (const entry of touched) {
      groups.review(entry);
      requests.begin(entry);
    }
    exits.review();
  }
  kill.review();
}

/** Better ended, and started again from the journal, than deaf to a kill for ever. */
function endless([entry]: readonly OrderEntry[]): Error {
  const order = `order ${entry?.actor.id} (${entry?.actor.state})`;
  return new Error(`what follows from one input has no end after ${limits.turnRoundsMax} rounds: ${order}`);
}

type VenueSide = ReturnType<typeof buildVenueSide>;

/** What asks the venue, and what it tells. */
function buildVenueSide(
  { gateway, options, epoch }: ExecutionPorts,
  parts: Omit<ReconciliationPorts, 'evidence' | 'opening' | 'gateway' | 'epoch' | 'onOutcome'> &
    Omit<VenueRequestPorts, 'lookUps' | 'gateway'> & { readonly onGateChange: () => void },
) {
  const { orders, keeper, alerts, instruments, marketTime, onGateChange } = parts;
  const { currency } = options;
  const evidence = new Evidence({ orders, keeper, alerts });
  const opening = new OpeningBalance({ keeper, gateway, instruments, currency, marketTime });
  const reconciliation: Reconciliation = new Reconciliation({
    ...{ ...parts, evidence, opening, gateway, epoch },
    onOutcome: onGateChange,
  });
  const compare = (): void => reconciliation.request();
  const lookUps = new LookUps({ ...parts, gateway, onDoubt: compare });
  const requests = new VenueRequests({ ...parts, gateway, lookUps });
  const reports = new Reports({
    ...{ ...parts, evidence },
    onHole: compare,
    onForeign: () => reconciliation.hold(),
  });
  return { evidence, reconciliation, lookUps, requests, reports };
}

/** What listens to the other services and to people. */
function buildEars(
  { bus, journal, gateway, options, epoch, buildHash }: ExecutionPorts,
  books: ReturnType<typeof buildBooks> & { readonly voice: Voice },
  { onGateChange: onChange, onFirstGrant }: PartHandlers,
) {
  const { time } = books;
  const marketTime = (): TimestampUs => time.now;
  const resets = new Resets({ ...books, journal });
  const riskTrips = new RiskTrips({ ...books, bus, resets, marketTime });
  const staging = new Staging({ ...books, journal, bus, marketTime });
  const commands = new Commands({ ...books, staging, journal, bus, gateway });
  const { currency } = options;
  const acceptance = new Acceptance({ ...books, gateway, currency, marketTime });
  const approvals = new Approvals({ ...books, journal, bus });
  const leaseKeeper = new LeaseKeeper({
    ...{ ...books, bus, journal, riskTrips, epoch, buildHash, marketTime, onChange, onFirstGrant },
    leaseLostCancelUs: options.leaseLostCancelUs,
  });
  return { riskTrips, staging, commands, approvals, acceptance, leaseKeeper };
}

function authorityKeeperOf(
  { bus, journal, clock, decisionKey, trustedKeys, options }: ExecutionPorts,
  parts: Pick<AuthorityKeeperPorts, 'turn' | 'alerts' | 'marketTime'>,
): AuthorityKeeper {
  const authority = new Authority({
    keyring: new Keyring(trustedKeys),
    environment: options.environment,
    ledgerId: () => journal.ledgerId,
    wallUs: () => clock.wallUs(),
  });
  return new AuthorityKeeper({ ...parts, authority, decisionKey, journal, bus });
}
