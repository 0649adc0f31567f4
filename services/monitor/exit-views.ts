import { ExitEvent } from '../../protos/gen/order.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { EventId } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import type { ProjectedRow, ProjectionStore } from '../kernel/projection/projection-store.ts';
import type { AuthorityBook } from './authority-book.ts';
import { timeFields } from './plain-fields.ts';

/** Positions that are being closed by a person or a switch, and those that were; the newest first. */
export function exitViews(
  { store, authority }: { readonly store: ProjectionStore; readonly authority: AuthorityBook },
  filter: { readonly isUnderWay?: true; readonly limit: number },
): readonly JsonObject[] {
  const exits = new Map<EventId, JsonObject>();
  for (const row of store.exitRows()) {
    const { exitId } = ExitEvent.decode(row.payload);
    exits.set(exitId, after(exits.get(exitId), row, authority));
  }
  return [...exits.values()]
    .filter(({ state }) => filter.isUnderWay === undefined || (state !== 'completed' && state !== 'givenUp'))
    .reverse()
    .slice(0, filter.limit);
}

function after(exit: JsonObject | undefined, row: ProjectedRow, authority: AuthorityBook): JsonObject {
  const { exitId, account, instrument, strategy, body } = ExitEvent.decode(row.payload);
  const identity = exit ?? {
    ...timeFields(row.time),
    exitId,
    account,
    instrument: instrument ?? null,
    strategy: strategy ?? null,
  };
  const updatedTime = timeFields(row.time).time;
  switch (body.case) {
    case 'requested': {
      const { requestedBy, reason } = body.value;
      const by = authority.nameOf(requestedBy);
      return { ...identity, state: 'underWay', requestedBy, by, reason, updatedTime };
    }
    case 'completed':
      return {
        ...identity,
        state: 'completed',
        orders: body.value.orders,
        elapsedSeconds: body.value.elapsed / 1e6,
        updatedTime,
      };
    case 'escalated': {
      const { reason: trouble, instruments, givenUp } = body.value;
      return {
        ...identity,
        state: givenUp === true ? 'givenUp' : 'escalated',
        trouble,
        instruments,
        updatedTime,
      };
    }
    default:
      return assertNever(body);
  }
}
