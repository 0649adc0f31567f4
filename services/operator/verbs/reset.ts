import type { Client } from '../../../infra/client/open-client.ts';
import { readSigner } from '../../../infra/keys/key-folder.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { KillReset } from '../../../protos/gen/control.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { readRequest, writeRequest } from '../acts/sealed-request.ts';
import { type Sealer, sealerOf, typist } from '../acts/sealing.ts';
import { performOnSwitch } from '../acts/switch-act.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { visible } from '../visible-text.ts';

/** Ends a latched trip. To measure from now on takes two keys: both here, or one after the other on two machines. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  checkOptions(given);
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const request = given.text('signRequest');
    const reset =
      request === undefined ? sealReset(given, sealer) : takeRequest(request, { sealer, given, terminal });
    const path = given.text('writeRequest');
    if (path !== undefined) return handOver(path, reset, terminal);
    return await send(client, await withSecondKey(reset, { client, given }), terminal);
  } finally {
    await client.close();
  }
}

function checkOptions(given: Given): void {
  const ways = ['secondKey', 'writeRequest', 'signRequest'].filter(
    (option) => given.text(option) !== undefined,
  );
  const isRebase = given.isSet('rebasePeak') || given.text('signRequest') !== undefined;
  const problem =
    !isRebase && ways.length > 0
      ? 'a second key is for --rebase-peak alone'
      : isRebase && ways.length !== 1
        ? 'to measure from now on takes two keys: name --second-key, or --write-request and let the other person --sign-request'
        : undefined;
  if (problem !== undefined) throw new UserError(exitCodes.usage, `${problem}.`);
}

function sealReset(given: Given, sealer: Sealer): KillReset {
  return sealer.seal<KillReset>(KillReset, (seal) => ({
    switchName: brandOf.switchName(given.requiredOperand(0)),
    rebase: given.isSet('rebasePeak'),
    requestedBy: typist(),
    reason: given.text('reason') ?? '',
    seal,
  }));
}

async function withSecondKey(
  reset: KillReset,
  { client, given }: { readonly client: Client; readonly given: Given },
): Promise<KillReset> {
  const path = given.text('secondKey');
  if (path === undefined) return reset;
  return sealSecond(reset, await sealerOf(client, given, readSigner(path)));
}

function sealSecond(reset: KillReset, sealer: Sealer): KillReset {
  if (sealer.signer.keyId === reset.seal.keyId) {
    throw new UserError(
      exitCodes.usage,
      `both keys are ${reset.seal.keyId}: the second has to be another person's.`,
    );
  }
  return sealer.seal<KillReset>(KillReset, (secondSeal) => ({ ...reset, secondSeal }), 'secondSeal');
}

/** Shows what the other person has signed before it is signed here. */
function takeRequest(
  path: string,
  {
    sealer,
    given,
    terminal,
  }: { readonly sealer: Sealer; readonly given: Given; readonly terminal: Terminal },
): KillReset {
  const reset = readRequest(path);
  const { switchName, rebase, requestedBy, reason, seal } = reset;
  if (switchName !== given.requiredOperand(0)) {
    throw new UserError(
      exitCodes.usage,
      `${path} asks to reset ${visible(switchName)}, not ${given.requiredOperand(0)}: name the switch that you mean.`,
    );
  }
  const { environment, ledgerId } = sealer.circumstances;
  if (seal.environment !== environment || seal.ledgerId !== ledgerId) {
    throw new UserError(exitCodes.usage, `${path} was signed for another system (${seal.environment}).`);
  }
  terminal.say(
    `you sign: reset ${visible(switchName)}${rebase ? ', and measure from now on' : ''}, asked for by ${visible(requestedBy)} ` +
      `with key ${visible(seal.keyId)}${reason === '' ? '' : `, because: ${visible(reason)}`}`,
  );
  return sealSecond(reset, sealer);
}

function handOver(path: string, reset: KillReset, terminal: Terminal): ExitCode {
  writeRequest(path, reset);
  const { switchName, seal } = reset;
  const expiry = new Date(seal.expiry / 1000).toISOString();
  terminal.result(
    { act: 'reset', switch: switchName, done: false, request: path, keyId: seal.keyId, expiry },
    [
      `signed with key ${seal.keyId} and written to ${path}, good until ${expiry}. The other person gives: ` +
        `npx --no interlock reset ${switchName} --sign-request ${path}`,
    ],
  );
  return exitCodes.success;
}

function send(client: Client, message: KillReset, terminal: Terminal): Promise<ExitCode> {
  const subject = subjects.killReset.of({ name: message.switchName });
  return performOnSwitch(client, terminal, { act: 'reset', subject, message });
}
