import { assertNever } from '../kernel/assert-never.ts';
import type { Bus, Outgoing } from '../kernel/bus/bus.ts';
import { readExecutionRow } from '../kernel/bus/execution-row.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Sequence } from '../kernel/codec/brand.ts';
import type { Journal, JournalEvent, JournalRow } from '../kernel/journal/journal.ts';
import { sendRowAgain } from '../kernel/journal/outbox.ts';

/** Where a row is published, whatever it says: all rows together are the journal without holes. */
export function toOutgoing(row: JournalRow, event: JournalEvent): Outgoing<unknown> {
  const { fact, time: eventTime } = readExecutionRow(row, event);
  switch (fact.case) {
    case 'order': {
      const { clientOrderId } = fact.value;
      return { subject: subjects.orderEvent.of({ clientOrderId }), message: fact.value, eventTime };
    }
    case 'group': {
      const { groupId } = fact.value;
      return { subject: subjects.groupEvent.of({ groupId }), message: fact.value, eventTime };
    }
    case 'position': {
      const { account, instrument } = fact.value;
      return { subject: subjects.positionEvent.of({ account, instrument }), message: fact.value, eventTime };
    }
    case 'account': {
      const { account } = fact.value;
      return { subject: subjects.accountEvent.of({ account }), message: fact.value, eventTime };
    }
    case 'ledger': {
      const { account } = fact.value.body.value;
      return { subject: subjects.ledgerEvent.of({ account }), message: fact.value, eventTime };
    }
    case 'reconciliation': {
      const { account } = fact.value;
      return { subject: subjects.settlement.of({ account }), message: fact.value, eventTime };
    }
    case 'killSwitch': {
      const { name } = fact.value;
      return { subject: subjects.killSwitchEvent.of({ name }), message: fact.value, eventTime };
    }
    case 'authority':
      return {
        subject: subjects.authorityEvent.of({ service: 'execution' }),
        message: fact.value,
        eventTime,
      };
    case 'exit': {
      const { account } = fact.value;
      return { subject: subjects.exitEvent.of({ account }), message: fact.value, eventTime };
    }
    default:
      return assertNever(fact);
  }
}

/** Says a row once more, for whoever asks again because it has not heard it. Not yet durable, it comes by itself. */
export function publishAgain(
  ports: { readonly journal: Journal; readonly bus: Bus },
  sequence: Sequence,
): void {
  sendRowAgain({ ...ports, producer: 'execution', toOutgoing }, sequence);
}
