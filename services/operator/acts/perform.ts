import type { Client } from '../../../infra/client/open-client.ts';
import type { Received, Subscription } from '../../kernel/bus/bus.ts';
import type { Pattern, Subject } from '../../kernel/bus/subject.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { Sealed } from '../../kernel/signing/seal.ts';
import { expectWithin } from '../expectation.ts';

export const answeredWithinUs = 10_000_000;
/** The same bytes again: whoever has obeyed them answers once more and does nothing. */
const resendIntervalUs = 1_000_000;

export type ActOutcome<A> =
  | { readonly kind: 'answered'; readonly answer: A }
  /** By whom, and why: a code of docs/generated/authority.md. */
  | { readonly kind: 'refused'; readonly by: string; readonly code: string; readonly detail: string }
  | { readonly kind: 'unanswered' };

/** What an act can be told while it waits. */
export interface ActEars<A> {
  /** Of the message as sent: by these bytes rows name what made them. */
  readonly payload: Uint8Array;
  hear<T>(pattern: Pattern<T>, handler: (received: Received<T>) => void): void;
  /** A service has journaled this very act as accepted. */
  hearAccepted(handler: (service: string) => void): void;
  answer(value: A): void;
}

/** Sends a signed message until the event that answers it is seen; `listen` says which that is. */
export async function perform<T extends Sealed, A>(
  { bus, clock }: Client,
  command: { readonly subject: Subject<T>; readonly message: T },
  listen: (ears: ActEars<A>) => void,
): Promise<ActOutcome<A>> {
  const { subject, message } = command;
  const payload = subject.type.encode(message);
  const outcome = expectWithin<ActOutcome<A>>(clock, answeredWithinUs);
  const subscriptions: Subscription[] = [];
  const onAccepted: ((service: string) => void)[] = [];
  const ears: ActEars<A> = {
    payload,
    hear: (pattern, handler) => subscriptions.push(bus.subscribe(pattern, handler)),
    hearAccepted: (handler) => onAccepted.push(handler),
    answer: (answer) => outcome.meet({ kind: 'answered', answer }),
  };
  ears.hear(subjects.authorityEvent.matching({}), ({ header, message: { body, nonce } }) => {
    if (!isSame(nonce, message.seal.nonce)) return;
    if (body.case === 'refused') {
      const { code, detail } = body.value;
      outcome.meet({ kind: 'refused', by: header.producer, code, detail });
    } else for (const handler of onAccepted) handler(header.producer);
  });
  listen(ears);
  const send = (): void => {
    // A refusal to send needs no answer here: it is sent again, and what counts is who has seen it.
    bus.publish({ subject, message, payload, eventTime: clock.wallUs() });
  };
  const stopResending = clock.every(resendIntervalUs, send);
  send();
  const reached = await outcome.outcome;
  stopResending();
  for (const subscription of subscriptions) subscription.unsubscribe();
  return reached ?? { kind: 'unanswered' };
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
