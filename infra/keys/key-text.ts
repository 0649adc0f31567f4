import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { exitCodes, UserError } from '../process/user-error.ts';

/** Mode of a secret: its owner reads and writes it, nobody else does anything. */
export const secretMode = 0o600;
export const publicMode = 0o644;

/** Throws a UserError. */
export function readKeyText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      exitCodes.configuration,
      `${path} cannot be read: make the keys with "interlock keys init", or say where they are.`,
      { cause: error },
    );
  }
}

/** Whole or not at all, and never readable by others in between. */
export function writeKeyText(path: string, text: string, mode: typeof secretMode | typeof publicMode): void {
  writeFileSync(`${path}.new`, text, { mode });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}
