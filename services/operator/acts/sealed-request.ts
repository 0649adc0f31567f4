import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { KillReset } from '../../../protos/gen/control.ts';
import { hexOf } from '../../kernel/codec/hex.ts';

/** A reset that one person has signed and another is to sign, on its way between two machines. It holds no secret. */
const requestFile = z.strictObject({
  type: z.literal(KillReset.name),
  message: z.string().regex(/^([0-9a-f]{2})+$/),
});

/** Throws a UserError. */
export function writeRequest(path: string, reset: KillReset): void {
  const text = `${JSON.stringify({ type: KillReset.name, message: hexOf(KillReset.encode(reset)) })}\n`;
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    throw new UserError(
      exitCodes.cannotWrite,
      `${path} cannot be written: name a new file in a folder of yours.`,
      {
        cause,
      },
    );
  }
}

/** Throws a UserError. */
export function readRequest(path: string): KillReset {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(
      exitCodes.unavailable,
      `${path} cannot be read: name the file that --write-request wrote.`,
      {
        cause,
      },
    );
  }
  try {
    return KillReset.decode(new Uint8Array(Buffer.from(requestFile.parse(JSON.parse(text)).message, 'hex')));
  } catch (cause) {
    throw new UserError(
      exitCodes.corruptData,
      `${path} is no request to be signed: let it be written again with --write-request.`,
      { cause },
    );
  }
}
