import { AuthorityEvent } from '../../../protos/gen/authority.ts';
import { KillSwitchEvent } from '../../../protos/gen/risk.ts';
import type { JournalRecord } from '../../../protos/gen/system.ts';

/** What one row of risk's journal says. */
export type RiskFact =
  | { readonly case: 'killSwitch'; readonly value: KillSwitchEvent }
  | { readonly case: 'authority'; readonly value: AuthorityEvent };

/** Throws for a row of a type that this build does not know: a switch must not be taken for armed by mistake. */
export function readRiskRow({
  sequence,
  type,
  payload,
}: Pick<JournalRecord, 'sequence' | 'type' | 'payload'>): RiskFact {
  switch (type) {
    case KillSwitchEvent.name:
      return { case: 'killSwitch', value: KillSwitchEvent.decode(payload) };
    case AuthorityEvent.name:
      return { case: 'authority', value: AuthorityEvent.decode(payload) };
    default:
      throw new Error(`row ${sequence} of risk is of unknown type ${type}`);
  }
}
