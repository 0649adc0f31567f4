import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import type { OrderEvent, OrderState } from '../../../protos/gen/order.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible-text.ts';
import { type ActEars, isSame } from './perform.ts';

/** What becomes of an order once a person has signed for or against it. */
export interface FollowedOrder {
  listen(ears: ActEars<OrderEvent>): void;
  /** Execution has taken the very message that was sent. */
  isSigned(): boolean;
  /** Since then. */
  last(): OrderEvent | undefined;
  /** Why it was denied: codes and figures. */
  why(): string;
}

/** States in which risk is still to say its second word, or which pass in an instant. */
const unsettled: readonly OrderState[] = ['awaitingApproval', 'rechecking', 'approved', 'submitting'];

/** Ends in which the venue has, and will have, nothing of it: a signature for it came to nothing. */
const neverTaken: readonly OrderState[] = ['denied', 'lapsed', 'canceledUnsent', 'rejected', 'notFound'];

/** Answered once risk has decided again and the venue has the order, or it has ended. */
export function followOrder(clientOrderId: ClientOrderId): FollowedOrder {
  let isSigned = false;
  let last: OrderEvent | undefined;
  let why = '';
  return {
    listen: ({ hear, hearAccepted, answer, payload }) => {
      hearAccepted((service) => {
        isSigned ||= service === 'execution';
      });
      hear(subjects.orderEvent.matching({ clientOrderId }), ({ message }) => {
        const { body, state } = message;
        if (body.case === 'approvalDecided') isSigned ||= isSame(body.value.evidence, payload);
        if (!isSigned) return;
        last = message;
        if (body.case === 'decided')
          why = [...body.value.reasons, body.value.detail].filter(Boolean).join(' ');
        if (!unsettled.includes(state)) answer(message);
      });
    },
    isSigned: () => isSigned,
    last: () => last,
    why: () => why,
  };
}

/** Says what became of it. The exit code is that of success unless the order was signed for and came to nothing. */
export function reportOrder(
  terminal: Terminal,
  act: { readonly act: 'approve' | 'reject'; readonly order: ClientOrderId; readonly keyId: string },
  followed: { last(): Pick<OrderEvent, 'state'> | undefined; why(): string },
): ExitCode {
  const state = followed.last()?.state;
  const why = followed.why();
  const done = { approve: 'APPROVED', reject: 'REJECTED' }[act.act];
  const isInVain = act.act === 'approve' && state !== undefined && neverTaken.includes(state);
  const then = {
    rechecking: 'rechecking: risk has not decided again yet',
    unheard: `not heard of since: see "npx --no interlock orders ${act.order}"`,
  };
  const now = state === 'rechecking' || state === undefined ? then[state ?? 'unheard'] : state;
  terminal.result({ ...act, done: true, state, why }, [
    `${terminal.colour(isInVain ? 'red' : 'green', done)} with key ${act.keyId}: the order is ${now}${why === '' ? '' : ` (${visible(why)})`}`,
  ]);
  return isInVain ? exitCodes.failedCheck : exitCodes.success;
}
