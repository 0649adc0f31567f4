import { createHash } from 'node:crypto';

/** SHA-256 over what comes bit by bit. */
export interface RunningDigest {
  add(bytes: Uint8Array): void;
  /** In hexadecimal; nothing can be added after. */
  end(): string;
}

export function createRunningDigest(): RunningDigest {
  const hash = createHash('sha256');
  return {
    add: (bytes) => void hash.update(bytes),
    end: () => hash.digest('hex'),
  };
}
