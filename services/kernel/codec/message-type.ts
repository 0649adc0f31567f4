import { CodecError, Refusal, refuse } from './codec-error.ts';

/** One message of the contract. Generated: `import { Quote } from 'protos/gen/market.ts'`, then `Quote.encode(…)`. */
export interface MessageType<T> {
  /** Full name, such as `interlock.order.v1.OrderIntent`. */
  readonly name: string;
  /** Throws a CodecError for a value that its bytes would not give back exactly. */
  encode(message: T): Uint8Array;
  /**
   * Throws a CodecError for bytes that are not a whole, valid message; unknown fields are ignored.
   * Fields of type bytes are views into `bytes`, not copies.
   */
  decode(bytes: Uint8Array): T;
}

/** A message larger than this, its envelope included, is refused both ways: no adapter of the bus carries it. */
export const messageBytesMax = 1024 * 1024;

/** Puts the limits of size, and one kind of error, around the generated functions of a message. */
export function checkedMessage<T>(
  name: string,
  write: (message: T) => Uint8Array,
  read: (bytes: Uint8Array) => T,
): MessageType<T> {
  return {
    name,
    encode(message) {
      try {
        return plainBytes(ofAllowedSize(write(message)));
      } catch (cause) {
        throw codecError(name, cause);
      }
    },
    decode(bytes) {
      try {
        return read(ofAllowedSize(plainBytes(bytes)));
      } catch (cause) {
        throw codecError(name, cause);
      }
    },
  };
}

/** A Buffer is seen through a plain view, so that all bytes are of one class, whoever made them. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) refuse('WRONG_TYPE', '', 'a Uint8Array', bytes);
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ofAllowedSize(bytes: Uint8Array): Uint8Array {
  if (bytes.length > messageBytesMax) {
    refuse('TOO_LARGE', '', `at most ${messageBytesMax} bytes`, bytes.length);
  }
  return bytes;
}

function codecError(messageName: string, cause: unknown): CodecError {
  if (cause instanceof Refusal) return new CodecError(messageName, cause.reason, cause);
  const found = cause instanceof Error ? cause.message : String(cause);
  const expected = 'a whole protobuf message';
  return new CodecError(messageName, { code: 'MALFORMED', fieldPath: '', expected, found }, cause);
}
