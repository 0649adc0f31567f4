import type { ExitCode } from '../../../infra/process/user-error.ts';
import { KillResume } from '../../../protos/gen/control.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { sealerOf, typist } from '../acts/sealing.ts';
import { performOnSwitch } from '../acts/switch-act.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Ends a pause. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const switchName = brandOf.switchName(given.requiredOperand(0));
    const reason = given.text('reason') ?? '';
    const message = sealer.seal<KillResume>(KillResume, (seal) => ({
      switchName,
      requestedBy: typist(),
      reason,
      seal,
    }));
    const subject = subjects.killResume.of({ name: switchName });
    return await performOnSwitch(client, terminal, { act: 'resume', subject, message });
  } finally {
    await client.close();
  }
}
