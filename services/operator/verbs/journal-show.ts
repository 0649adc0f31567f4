import { type JournalOwner, journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { TimestampUs } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { dataFolderOf } from '../running-system.ts';
import { plainRow, readRows, rowLine } from '../shown-rows.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const filter = {
    since: timeOf(given, 'since'),
    until: timeOf(given, 'until'),
    aggregate: given.text('aggregate'),
  };
  for (const row of readRows(journalPathOf(dataFolderOf(given), ownerOf(given)), filter)) {
    terminal.result(plainRow(row), [rowLine(row)]);
  }
  return exitCodes.success;
}

function ownerOf(given: Given): JournalOwner {
  const asked = given.operand(0) ?? 'execution';
  const owner = journalOwners.find((known) => known === asked);
  if (owner === undefined) {
    throw new UserError(
      exitCodes.usage,
      `${asked} keeps no journal: there are ${journalOwners.join(' and ')}.`,
    );
  }
  return owner;
}

function timeOf(given: Given, option: 'since' | 'until'): TimestampUs | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(milliseconds)) {
    throw badOption(option, 'a time with its zone, such as 2026-01-05T14:30:00Z', text);
  }
  return brandOf.timestampUs(milliseconds * 1000);
}
