import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { KeyringChange } from '../../../protos/gen/authority.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { visible } from '../visible-text.ts';
import { perform } from './perform.ts';
import { reportFailure } from './refusal.ts';
import { sealerOf } from './sealing.ts';

/** Execution keeps the keyring and risk follows its journal: a change is made once both have it. */
const witnesses = ['execution', 'risk'];

export async function changeKeyring(
  given: Given,
  terminal: Terminal,
  change: {
    readonly act: 'enroll' | 'retire';
    readonly keyId: string;
    readonly name: string;
    readonly body: KeyringChange['body'];
  },
): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const { act, keyId, name, body } = change;
    const message = sealer.seal<KeyringChange>(KeyringChange, (seal) => ({ body, seal }));
    const seen = new Set<string>();
    const subject = subjects.keyringChange.of({});
    const outcome = await perform<KeyringChange, true>(
      client,
      { subject, message },
      ({ hearAccepted, answer }) =>
        hearAccepted((service) => {
          seen.add(service);
          if (witnesses.every((witness) => seen.has(witness))) answer(true);
        }),
    );
    const told = { act: `keyring ${act}`, keyId, name, signedBy: sealer.signer.keyId, seen: [...seen] };
    if (outcome.kind !== 'answered') return reportFailure(terminal, told, outcome);
    const who = name === '' ? keyId : `${visible(name)} (${keyId})`;
    terminal.result({ ...told, done: true }, [
      act === 'enroll'
        ? `ENROLLED ${who}: may sign from now on`
        : `RETIRED ${who}: signs nothing any more, for ever`,
    ]);
    return exitCodes.success;
  } finally {
    await client.close();
  }
}
