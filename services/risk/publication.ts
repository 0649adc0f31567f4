import { assertNever } from '../kernel/assert-never.ts';
import type { Outgoing } from '../kernel/bus/bus.ts';
import { readRiskRow } from '../kernel/bus/risk-row.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { JournalEvent, JournalRow } from '../kernel/journal/journal.ts';

/** Where a row is published, whatever it says: all rows together are the journal without holes. */
export function toOutgoing(row: JournalRow, event: JournalEvent): Outgoing<unknown> {
  const fact = readRiskRow(row, event);
  const eventTime = row.time;
  switch (fact.case) {
    case 'killSwitch': {
      const { name } = fact.value;
      return { subject: subjects.killSwitchEvent.of({ name }), message: fact.value, eventTime };
    }
    case 'authority':
      return { subject: subjects.authorityEvent.of({ service: 'risk' }), message: fact.value, eventTime };
    default:
      return assertNever(fact);
  }
}
