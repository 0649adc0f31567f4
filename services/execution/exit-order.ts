import { OrderIntent } from '../../protos/gen/order.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { EventId, InstrumentId, LedgerId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { deriveClientOrderId, sha256 } from '../kernel/signing/digest.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import { limits } from './execution-options.ts';
import type { ExitPiece } from './exit-plan.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';

/** Sent by an exit: it needs neither lease nor decision of risk, and no switch stops it. */
export function isExitOrder({ actor }: OrderEntry): boolean {
  return actor.context.decision?.exitId !== undefined;
}

export interface ExitOrderOrigin {
  readonly exitId: EventId;
  /** Of the exit's orders, from 0: the same exit never makes the same id twice, restarts included. */
  readonly ordinal: number;
  readonly instrument: InstrumentId;
  /** SIGNED_EXIT or LIQUIDATION. */
  readonly reason: string;
  readonly environment: Environment;
  readonly ledgerId: LedgerId;
  readonly now: TimestampUs;
}

/** Stages an order of an exit and decides it, with two rows of the turn under way. */
export function stageExitOrder(
  piece: ExitPiece,
  origin: ExitOrderOrigin,
  { orders, gateway }: { readonly orders: Supervisor; readonly gateway: VenueGateway },
): OrderEntry {
  const { exitId, ordinal, instrument, reason, environment, ledgerId, now } = origin;
  const { account, venue } = gateway;
  const { strategy, side, quantity } = piece;
  const intent: OrderIntent = {
    ...{ account, strategy, venue, instrument, environment, side, quantity, ordinal },
    clientOrderId: deriveClientOrderId({ ledgerId, account, strategy, triggerId: exitId, ordinal }),
    // Out at what the market gives: an exit that waits for its price is none.
    type: 'market',
    timeInForce: 'day',
    reduceOnly: true,
    deadline: brandOf.timestampUs(now + limits.exitDeadlineUs),
    triggerId: exitId,
    reason: `exit ${exitId}`,
  };
  const bytes = OrderIntent.encode(intent);
  const entry = orders.stage(intent, bytes);
  orders.change(entry, {
    case: 'decided',
    value: {
      outcome: 'approved',
      effectiveOrder: bytes,
      digest: sha256(bytes),
      reasons: [reason],
      riskEpoch: brandOf.epoch(0),
      limitsVersion: '',
      detail: 'decided by execution: it only reduces',
      exitId,
    },
  });
  return entry;
}

/** An order that an exit found in its way: what has not been decided is denied, anything else is canceled. */
export function makeWay(entry: OrderEntry, exitId: EventId, orders: Supervisor): void {
  const { state } = entry.actor;
  if (state !== 'staged' && state !== 'rechecking') {
    const value = { requestedBy: `exit ${exitId}`, reason: 'EXITING' };
    orders.change(entry, { case: 'cancelRequested', value });
    return;
  }
  const nothing = new Uint8Array(0);
  orders.change(entry, {
    case: 'decided',
    value: {
      outcome: 'denied',
      effectiveOrder: nothing,
      digest: nothing,
      reasons: ['EXITING'],
      riskEpoch: brandOf.epoch(0),
      limitsVersion: '',
      detail: `an exit of ${entry.actor.context.intent.instrument} is under way`,
    },
  });
}
