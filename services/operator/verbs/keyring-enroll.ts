import { changeKeyring } from '../acts/keyring-act.ts';
import { readPublicKey } from '../acts/public-key-file.ts';
import type { RunVerb } from '../verb.ts';

export const run: RunVerb = (given, terminal) => {
  const read = readPublicKey(given.requiredOperand(0));
  const key = { ...read, name: given.text('name') ?? read.name };
  const { keyId, name } = key;
  return changeKeyring(given, terminal, { act: 'enroll', keyId, name, body: { case: 'enroll', value: key } });
};
