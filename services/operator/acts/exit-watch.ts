import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import type { ExitEvent, ExitPosition, OrderEvent } from '../../../protos/gen/order.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import type { Received, Subscription } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { AccountId, ClientOrderId, EventId } from '../../kernel/codec/brand.ts';
import { formatAmount } from '../../kernel/money/amount.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible-text.ts';
import { durationText } from './approval-lines.ts';
import { type ActEars, isSame } from './perform.ts';

export type ExitEnd =
  | { readonly kind: 'flat'; readonly orders: number; readonly elapsedUs: number }
  | {
      readonly kind: 'escalated';
      readonly reason: string;
      readonly instruments: readonly string[];
      readonly givenUp?: boolean | undefined;
    }
  /** The person at the keyboard has seen enough. */
  | { readonly kind: 'left' };

/** Follows one exit by its own rows and those of its orders, and prints what they do. */
export class ExitWatch {
  readonly end: Promise<ExitEnd>;
  readonly #terminal: Terminal;
  readonly #resolve: (end: ExitEnd) => void;
  readonly #subscriptions: readonly Subscription[];
  readonly #payload: Uint8Array;
  readonly #orders = new Set<ClientOrderId>();
  #exitId: EventId | undefined;
  #onAnswered: () => void = () => {};

  constructor(
    { bus }: Client,
    options: { readonly account: AccountId; readonly message: ExitPosition; readonly terminal: Terminal },
  ) {
    const { account, message, terminal } = options;
    const { promise, resolve } = Promise.withResolvers<ExitEnd>();
    this.end = promise;
    this.#resolve = resolve;
    this.#terminal = terminal;
    this.#payload = subjects.exitPosition.type.encode(message);
    this.#subscriptions = [
      bus.subscribe(subjects.exitEvent.matching({ account }), (received) => this.#takeExit(received)),
      bus.subscribe(subjects.orderEvent.matching({}), ({ message: event }) => this.#takeOrder(event)),
    ];
  }

  /** Answered by the row that execution journals for the request. */
  listen({ answer }: ActEars<true>): void {
    this.#onAnswered = () => answer(true);
  }

  leave(): void {
    this.#resolve({ kind: 'left' });
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #takeExit({ message }: Received<ExitEvent>): void {
    const { body, exitId } = message;
    if (body.case === 'requested' && isSame(body.value.evidence, this.#payload)) {
      this.#exitId = exitId;
      this.#onAnswered();
    }
    if (this.#exitId !== exitId) return;
    switch (body.case) {
      case 'requested':
        return;
      case 'completed':
        this.#resolve({ kind: 'flat', orders: body.value.orders, elapsedUs: body.value.elapsed });
        return;
      case 'escalated':
        this.#resolve({ kind: 'escalated', ...body.value });
        return;
      default:
        assertNever(body);
    }
  }

  #takeOrder(event: OrderEvent): void {
    const { clientOrderId, body, state, side, quantity, instrument, ignored } = event;
    if (ignored) return;
    if (body.case === 'decided' && body.value.exitId !== undefined && body.value.exitId === this.#exitId) {
      this.#orders.add(clientOrderId);
    }
    if (!this.#orders.has(clientOrderId)) return;
    const what = `${visible(instrument)} ${side.toUpperCase()} ${formatAmount(quantity)}`;
    this.#terminal.result({ event: 'order', clientOrderId, change: body.case, state }, [
      `  ${what}   ${stepText(event)}`,
    ]);
  }
}

function stepText({ body, state, quantity }: OrderEvent): string {
  switch (body.case) {
    case 'filled':
      return `filled ${formatAmount(body.value.quantity)} of ${formatAmount(quantity)} @ ${formatAmount(body.value.price, 2)}`;
    case 'rejected':
      return visible(`rejected ${body.value.code}: ${body.value.reason}`);
    default:
      return state;
  }
}

/** Until it is flat, a person has to look, or the person at the keyboard leaves; the exit goes on without them. */
export async function untilFlat(
  watch: ExitWatch,
  act: { readonly act: string; readonly [name: string]: unknown },
  terminal: Terminal,
): Promise<ExitCode> {
  const leave = (): void => watch.leave();
  process.once('SIGINT', leave);
  const end = await watch.end;
  process.off('SIGINT', leave);
  watch.close();
  switch (end.kind) {
    case 'flat': {
      const { orders, elapsedUs } = end;
      const how = `${orders} order${orders === 1 ? '' : 's'}, ${durationText(elapsedUs)}`;
      terminal.result({ ...act, done: true, orders, elapsedUs }, [
        `${terminal.colour('green', 'FLAT')}: nothing is held and nothing works any more (${how})`,
      ]);
      return exitCodes.success;
    }
    case 'escalated': {
      const { reason, instruments, givenUp = false } = end;
      const next = givenUp
        ? 'That is too small to be sold, and the exit is over.'
        : 'A person has to look; execution goes on trying: see "npx --no interlock status".';
      const names = visible(instruments.join(', '));
      terminal.result({ ...act, done: false, code: 'ESCALATED', reason, instruments }, [
        `${terminal.colour('red', 'NOT FLAT')}${givenUp ? '' : ' yet'}: ${names}: ${visible(reason)}. ${next}`,
      ]);
      return exitCodes.failedCheck;
    }
    case 'left':
      terminal.result({ ...act, done: false, code: 'LEFT' }, [
        'the exit goes on without you: see "npx --no interlock status".',
      ]);
      return exitCodes.failedCheck;
    default:
      return assertNever(end);
  }
}
