import { join } from 'node:path';
import { keyFiles, readSigner } from '../../../infra/keys/key-folder.ts';
import type { Signer } from '../../kernel/signing/operator-key.ts';
import { keyFolderOf } from '../running-system.ts';
import { keyEnvironment } from '../shared-options.ts';
import type { Given } from '../verb.ts';

/** The private key of whoever types. Throws a UserError. */
export function signerOf(given: Given): Signer {
  const path =
    given.text('key') ?? process.env[keyEnvironment] ?? join(keyFolderOf(given), keyFiles.operator);
  return readSigner(path);
}
