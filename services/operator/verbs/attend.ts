import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { OperatorPresent } from '../../../protos/gen/authority.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { sealerOf, typist } from '../acts/sealing.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Says that somebody is there, for the switch that trips when nobody is. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const message = sealer.seal<OperatorPresent>(OperatorPresent, (seal) => ({
      requestedBy: typist(),
      seal,
    }));
    const subject = subjects.operatorPresent.of({});
    const outcome = await perform<OperatorPresent, true>(
      client,
      { subject, message },
      ({ hearAccepted, answer }) =>
        hearAccepted((service) => {
          if (service === 'risk') answer(true);
        }),
    );
    const act = { act: 'attend', keyId: sealer.signer.keyId };
    if (outcome.kind !== 'answered') return reportFailure(terminal, act, outcome);
    terminal.result({ ...act, done: true }, [`risk knows that you are here (key ${act.keyId})`]);
    return exitCodes.success;
  } finally {
    await client.close();
  }
}
