import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import type { KillSwitchEvent } from '../../../protos/gen/risk.ts';
import type { Received } from '../../kernel/bus/bus.ts';
import type { Subject } from '../../kernel/bus/subject.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { SwitchName } from '../../kernel/codec/brand.ts';
import type { Sealed } from '../../kernel/signing/seal.ts';
import type { Terminal } from '../terminal.ts';
import { type ActEars, type ActOutcome, isSame, perform } from './perform.ts';
import { reportFailure } from './refusal.ts';

/** Each ends the latch in its own journal; a switch that only one of them reset is still latched. */
const witnesses = ['risk', 'execution'] as const;
type Witness = (typeof witnesses)[number];

interface SwitchMessage extends Sealed {
  readonly switchName: SwitchName;
}

type SwitchAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/** Sends a reset or resume and says what risk and execution made of it. */
export async function performOnSwitch<T extends SwitchMessage>(
  client: Client,
  terminal: Terminal,
  command: { readonly act: 'reset' | 'resume'; readonly subject: Subject<T>; readonly message: T },
): Promise<ExitCode> {
  const { act, message } = command;
  const seen = new Set<Witness>();
  const outcome = await perform<T, SwitchAnswer>(client, command, (ears) => listen(ears, message, seen));
  const told = { act, switch: message.switchName, keyId: message.seal.keyId };
  const failure = failureOf(outcome);
  if (failure === undefined) {
    terminal.result({ ...told, done: true, seen: [...seen] }, [
      `${terminal.colour('green', act === 'reset' ? 'RESET' : 'RESUMED')} ${message.switchName}: risk and execution have it in their journals`,
    ]);
    return exitCodes.success;
  }
  if (failure.kind === 'unanswered' && seen.has('risk')) {
    terminal.result({ ...told, done: false, seen: [...seen], code: 'EXECUTION_LATCHED' }, [
      `${terminal.colour('red', 'NOT DONE')}: risk ended the trip of ${message.switchName}, execution holds it still: ` +
        'it may know a newer one. See "npx --no interlock switches", then give the command again.',
    ]);
    return exitCodes.failedCheck;
  }
  return reportFailure(terminal, told, failure);
}

function failureOf(
  outcome: ActOutcome<SwitchAnswer>,
): Exclude<ActOutcome<never>, { kind: 'answered' }> | undefined {
  if (outcome.kind !== 'answered') return outcome;
  const { answer } = outcome;
  return answer.kind === 'done'
    ? undefined
    : { kind: 'refused', by: 'risk', code: answer.code, detail: answer.reason };
}

function listen<T extends SwitchMessage>(
  { hear, hearAccepted, answer, payload }: ActEars<SwitchAnswer>,
  { switchName }: T,
  seen: Set<Witness>,
): void {
  const witness = (producer: string): void => {
    const name = witnesses.find((known) => known === producer);
    if (name !== undefined) seen.add(name);
    if (seen.size === witnesses.length) answer({ kind: 'done' });
  };
  // Execution journals what it has checked and ends the trip in one commit; risk may accept the act and refuse the wish.
  hearAccepted((service) => {
    if (service === 'execution') witness(service);
  });
  hear(
    subjects.killSwitchEvent.matching({ name: switchName }),
    ({ header, message }: Received<KillSwitchEvent>) => {
      const { body, ignored } = message;
      switch (body.case) {
        case 'resetRequested':
        case 'resumeRequested':
          if (!ignored && isSame(body.value.evidence, payload)) witness(header.producer);
          return;
        case 'resetRefused':
          // It names no request; somebody else's, at this very moment, would be refused for the same reason.
          if (header.producer === 'risk')
            answer({ kind: 'refused', code: body.value.code, reason: body.value.reason });
          return;
        default:
      }
    },
  );
}
