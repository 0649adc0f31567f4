import type { MessageType } from './message-type.ts';

/** The payload that cannot be malformed: whatever bytes came, none included. */
export const AnyBytes: MessageType<Uint8Array> = {
  name: '',
  encode: (message) => message,
  decode: (bytes) => bytes,
};
