import { createHash } from 'node:crypto';

/** SHA-256 over what comes bit by bit. */
export interface RunningDigest {
  add(bytes: Uint8Array): void;
  /** In hexadecimal; nothing can be added after. */
  end(): string;
}

/** A call for each message would cost more than its hash. */
const gatheredBytesMax = 16_384;

export function createRunningDigest(): RunningDigest {
  const hash = createHash('sha256');
  const gathered = new Uint8Array(gatheredBytesMax);
  let length = 0;

  function flush(): void {
    hash.update(gathered.subarray(0, length));
    length = 0;
  }

  return {
    add(bytes) {
      if (length + bytes.length > gatheredBytesMax) flush();
      if (bytes.length > gatheredBytesMax) {
        hash.update(bytes);
        return;
      }
      gathered.set(bytes, length);
      length += bytes.length;
    },
    end() {
      flush();
      return hash.digest('hex');
    },
  };
}
