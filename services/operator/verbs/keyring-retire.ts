import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { changeKeyring } from '../acts/keyring-act.ts';
import type { RunVerb } from '../verb.ts';

export const run: RunVerb = async (given, terminal) => {
  const keyId = given.requiredOperand(0);
  const reason = given.text('reason');
  if (reason === undefined || reason.trim() === '') {
    throw new UserError(exitCodes.usage, 'say why with --reason <text>: it is kept in the journals.');
  }
  return changeKeyring(given, terminal, {
    act: 'retire',
    keyId,
    name: '',
    body: { case: 'retire', value: { keyId, reason } },
  });
};
