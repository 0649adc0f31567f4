import type { OperatorKey } from '../../protos/gen/authority.ts';
import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Currency, DurationUs, Epoch, StrategyId } from '../kernel/codec/brand.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { Log } from '../kernel/log/log.ts';
import type { OrderEngine } from '../kernel/order/order-actor.ts';
import { leaseValidUs } from '../kernel/trading-state/lease-term.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { Liquidator } from './liquidators.ts';

/** What differs from one installation to the next. */
export interface ExecutionOptions {
  readonly environment: Environment;
  readonly currency: Currency;
  /** Holds the positions that none of our strategies opened. */
  readonly adoptedBy: StrategyId;
  /** Without a lease for this long, execution cancels what works. */
  readonly leaseLostCancelUs: DurationUs;
  /** Working orders are canceled when the service is stopped in order. */
  readonly cancelOnStop: boolean;
  /** The only switches whose trips may sell. Any other that says so stops. */
  readonly liquidators: readonly Liquidator[];
  /** Orders follow the machine unless this says otherwise; a backtest has them follow the compiled table. */
  readonly orderEngine?: OrderEngine | undefined;
}

/** Trips the manual switch without the bus: the kill file, a signal. */
export type OnLocalTrip = (handler: (source: string, reason: string) => void) => void;

export interface ExecutionPorts {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly gateway: VenueGateway;
  readonly options: ExecutionOptions;
  readonly epoch: Epoch;
  readonly buildHash: string;
  /** Shared by risk and execution alone: see kernel/signing/authentication.ts. */
  readonly decisionKey: Uint8Array;
  /** People whose signatures count from the start. */
  readonly trustedKeys: readonly OperatorKey[];
  readonly onLocalTrip?: OnLocalTrip | undefined;
  /** Each definition that market-data tells, for a venue that has to be told as well. */
  readonly onInstrument?: ((instrument: Instrument) => void) | undefined;
}

/** Every wait, retry and queue of the service. Times are monotonic microseconds. */
export const limits = {
  /** How long an intent waits for its decision before it is committed as staged. */
  intentHoldUs: 200_000,
  /** Intents that may wait; a further one is committed at once. */
  heldIntentsMax: 10_000,

  leaseIntervalUs: 1_000_000,
  leaseValidUs,
  /** Between requests that are made because something looser was heard. */
  leaseAskSoonUs: 20_000,
  /** Risk says something each second: after so long without a word there is none. */
  riskSilentUs: 5_000_000,
  /** Requests whose grant may still come. */
  leaseRequestsKeptMax: 8,

  /** How long the venue's adapter may take to call back; after it the answer counts as lost. */
  answerWaitUs: 10_000_000,
  /** How long a request may stay without a report after the venue took it, before it is looked up. */
  reportWaitUs: 2_000_000,
  /** A replace that risk has not decided by then is refused. */
  replaceDecisionWaitUs: 5_000_000,
  /** Cancels of one order before a person is called; they go on slowly after. */
  cancelAttemptsMax: 5,
  cancelSlowUs: 10_000_000,
  /** Look-ups and repeated cancels wait this long, doubling. */
  retryFirstUs: 50_000,
  retryLongestUs: 5_000_000,
  /** Between look-ups of an order that has fills and that the venue has forgotten: only a person can end it. */
  lookUpForgottenUs: 300_000_000,

  /** Reads of the venue in a row that may contradict each other or us, before reconciliation counts as broken. */
  reconciliationReadsMax: 5,
  reconciliationRetryUs: 200_000,
  /** Between attempts while broken, or while the venue cannot be read. */
  reconciliationSlowUs: 5_000_000,

  /** Between looks for fills, busts and cash that no report has told. */
  unheardMovesUs: 60_000_000,

  /** Differences of one comparison that are told, and accepted, at once: a row has to be carried. More come after them. */
  differencesToldMax: 1_000,

  /** Reads of the venue after a trip before its cancels are escalated. */
  killReadsMax: 20,
  killReadUs: 100_000,
  killSlowUs: 5_000_000,

  /** Rounds in a row in which an exit's orders brought nothing, before a person is called; it goes on slowly after. */
  exitFailuresMax: 5,
  exitSlowUs: 10_000_000,
  /** How long an exit may take before a person is called. */
  exitEscalateUs: 30_000_000,
  /** Market time that an order of an exit may wait to be sent. */
  exitDeadlineUs: 60_000_000,

  /** Rounds of "what follows from that" in one turn; a handful is usual. */
  turnRoundsMax: 1_000,
  /** Orders that are over and stay in memory, to answer late reports without reading the journal. */
  endedOrdersKeptMax: 1_000,
  /** Signed acts whose row is sent once more when they come again. */
  actsAnsweredAgainMax: 1000,

  /** Rows in one answer to a journal query, and their bytes. */
  queryRowsMax: 1000,
  queryBytesMax: 512 * 1024,

  instrumentRetryUs: 500_000,
  instrumentTimeoutUs: 2_000_000,
  /** How long an orderly stop waits for cancels to be confirmed. */
  stopWaitUs: 5_000_000,
} as const;

/** The n-th wait, from 0: doubling up to the longest. */
export function retryDelayUs(attempt: number): number {
  return Math.min(limits.retryFirstUs * 2 ** Math.min(attempt, 30), limits.retryLongestUs);
}
