import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { ExitPosition } from '../../../protos/gen/order.ts';
import { AccountEvent } from '../../../protos/gen/portfolio.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { AccountId } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { ExitWatch, untilFlat } from '../acts/exit-watch.ts';
import { readRecords } from '../acts/journal-page.ts';
import { perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { sealerOf, typist } from '../acts/sealing.ts';
import { textAt } from '../json-value.ts';
import { knownMonitorUrl, readMonitor } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Closes what is held, also while trading is halted, and shows how it goes until nothing is held. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const account = await accountOf(client, given);
    const instrument = given.text('instrument');
    const message = sealer.seal<ExitPosition>(ExitPosition, (seal) => ({
      account,
      instrument: instrument === undefined ? undefined : brandOf.instrumentId(instrument),
      reason: given.text('reason') ?? 'by hand',
      requestedBy: typist(),
      seal,
    }));
    const watch = new ExitWatch(client, { account, message, terminal });
    const subject = subjects.exitPosition.of({ account });
    const outcome = await perform(client, { subject, message }, (ears) => watch.listen(ears));
    const act = { act: 'flatten', account, instrument: instrument ?? null, keyId: sealer.signer.keyId };
    if (outcome.kind !== 'answered') {
      watch.close();
      return reportFailure(terminal, act, outcome);
    }
    return await untilFlat(watch, act, terminal);
  } finally {
    await client.close();
  }
}

/** As typed; else the system's own, as the monitor or execution's journal has it. */
async function accountOf(client: Client, given: Given): Promise<AccountId> {
  const typed = given.text('account');
  if (typed !== undefined) return brandOf.accountId(typed);
  const url = knownMonitorUrl(given);
  const known =
    url === undefined
      ? ''
      : await readMonitor(url, '/account').then(
          (answer) => textAt(answer, 'account'),
          () => '',
        );
  if (known !== '') return brandOf.accountId(known);
  for await (const { type, payload } of readRecords(client)) {
    if (type === AccountEvent.name) return AccountEvent.decode(payload).account;
  }
  throw new UserError(exitCodes.unavailable, 'execution has no account yet: name it with --account.');
}
