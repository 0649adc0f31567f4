import type { Seal } from '../../../protos/gen/authority.ts';
import { CancelOrder } from '../../../protos/gen/order.ts';
import type { MessageType } from '../codec/message-type.ts';

/** A strategy cancels its own orders without one; a person signs. */
export type SealedCancel = CancelOrder & { readonly seal: Seal };

export const sealedCancel: MessageType<SealedCancel> = {
  name: CancelOrder.name,
  encode: (message) => CancelOrder.encode(message),
  decode: (bytes) => {
    const { seal, ...cancel } = CancelOrder.decode(bytes);
    if (seal === undefined) throw new Error('a cancel without a seal is no signed one');
    return { ...cancel, seal };
  },
};
