import { AuthorityEvent } from '../../../protos/gen/authority.ts';
import { KillSwitchEvent } from '../../../protos/gen/risk.ts';
import type { JournalRecord } from '../../../protos/gen/system.ts';
import type { JournalEvent } from '../journal/journal.ts';
import { messageIn } from '../journal/message-event.ts';

/** What one row of risk's journal says. */
export type RiskFact =
  | { readonly case: 'killSwitch'; readonly value: KillSwitchEvent }
  | { readonly case: 'authority'; readonly value: AuthorityEvent };

/**
 * Throws for a row of a type that this build does not know: a switch must not be taken for armed by mistake. `content`
 * is the event that became the row, for whoever still has it.
 */
export function readRiskRow(
  record: Pick<JournalRecord, 'sequence' | 'type' | 'payload'>,
  content: Pick<JournalEvent, 'payload'> = record,
): RiskFact {
  switch (record.type) {
    case KillSwitchEvent.name:
      return { case: 'killSwitch', value: messageIn(content, KillSwitchEvent) };
    case AuthorityEvent.name:
      return { case: 'authority', value: messageIn(content, AuthorityEvent) };
    default:
      throw new Error(`row ${record.sequence} of risk is of unknown type ${record.type}`);
  }
}
