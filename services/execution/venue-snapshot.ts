import type { ClientOrderId } from '../kernel/codec/brand.ts';
import type {
  FillReport,
  ReadOutcome,
  VenueAccount,
  VenueActivity,
  VenueGateway,
  VenueOrder,
  VenuePosition,
} from '../kernel/venue/venue-gateway.ts';

/** What has happened on the account since a cursor. */
export interface VenueMoves {
  /** Busts and corrections among them. */
  readonly fills: readonly FillReport[];
  readonly activities: readonly VenueActivity[];
}

/** The account as the venue tells it, while it may be traded on. */
export interface VenueSnapshot {
  /** What happened while it was read. */
  readonly moves: VenueMoves;
  /** None up to here is missing, in what was read before and in `moves`. */
  readonly cursor: number;
  readonly openOrders: readonly VenueOrder[];
  /** Orders that were asked for by id, since they are not among the open ones. */
  readonly asked: ReadonlyMap<ClientOrderId, VenueOrder | undefined>;
  readonly positions: readonly VenuePosition[];
  readonly account: VenueAccount;
}

type Read<T> = (done: (outcome: ReadOutcome<T>) => void) => void;

/** Reads one after the other, so that a slow venue is asked for one thing at a time. */
export function readVenue(
  gateway: VenueGateway,
  {
    cursor,
    onMoves,
    done,
  }: {
    readonly cursor: number;
    /** Takes what has happened before the rest is read, and tells the ids whose fate we want to know. */
    readonly onMoves: (moves: VenueMoves) => readonly ClientOrderId[];
    readonly done: (outcome: ReadOutcome<VenueSnapshot>) => void;
  },
): void {
  function step<T>(read: Read<T>, next: (value: T) => void): void {
    read((outcome) => (outcome.kind === 'read' ? next(outcome.value) : done(outcome)));
  }

  step(movesSince(gateway, cursor), (first) => {
    const orders = onMoves(first);
    step<readonly VenueOrder[]>(gateway.openOrders.bind(gateway), (openOrders) => {
      const open = new Set(openOrders.map((order) => order.clientOrderId));
      const missing = orders.filter((id) => !open.has(id));
      step(ordersById(gateway, missing), (asked) => {
        step<readonly VenuePosition[]>(gateway.positions.bind(gateway), (positions) => {
          step<VenueAccount>(gateway.readAccount.bind(gateway), (account) => {
            // From the same cursor: what slipped in between the first two reads is among them.
            step(movesSince(gateway, cursor), (moves) => {
              const newest = Math.max(cursor, ...cursorsOf(first));
              const read = { openOrders, asked, positions, account };
              done({ kind: 'read', value: { ...read, moves: without(first, moves), cursor: newest } });
            });
          });
        });
      });
    });
  });
}

export function cursorsOf({ fills, activities }: VenueMoves): readonly number[] {
  return [...fills.map(cursorOf), ...activities.map((activity) => activity.cursor)];
}

export function cursorOf(report: FillReport): number {
  return report.kind === 'filled' ? report.fill.cursor : report.cursor;
}

function without(known: VenueMoves, { fills, activities }: VenueMoves): VenueMoves {
  const cursors = new Set(cursorsOf(known));
  return {
    fills: fills.filter((fill) => !cursors.has(cursorOf(fill))),
    activities: activities.filter((activity) => !cursors.has(activity.cursor)),
  };
}

/** Reads one list, then the other. */
export function movesSince(gateway: VenueGateway, cursor: number): Read<VenueMoves> {
  return (done) => {
    gateway.fillsSince(cursor, (fills) => {
      if (fills.kind === 'failed') return done(fills);
      gateway.activitiesSince(cursor, (activities) => {
        if (activities.kind === 'failed') return done(activities);
        done({ kind: 'read', value: { fills: fills.value, activities: activities.value } });
      });
    });
  };
}

function ordersById(
  gateway: VenueGateway,
  ids: readonly ClientOrderId[],
): Read<ReadonlyMap<ClientOrderId, VenueOrder | undefined>> {
  return (done) => {
    const found = new Map<ClientOrderId, VenueOrder | undefined>();
    const askFrom = (index: number): void => {
      const id = ids[index];
      if (id === undefined) {
        done({ kind: 'read', value: found });
        return;
      }
      gateway.orderByClientId(id, (outcome) => {
        if (outcome.kind === 'failed') return done(outcome);
        found.set(id, outcome.value);
        askFrom(index + 1);
      });
    };
    askFrom(0);
  };
}
