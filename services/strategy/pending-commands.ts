import type { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import type { Bus, PublishResult } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { ClientOrderId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { InstanceOutput } from './instance.ts';
import type { Trigger } from './intent.ts';

export type Command = Exclude<InstanceOutput, { readonly kind: 'note' }>;

/** A cancel or replace that execution never mentions is given up after the bus took it so often; an intent by its deadline. */
const sendsMax = 60;

interface Pending {
  readonly command: Command;
  readonly trigger: Trigger;
  sends: number;
}

/**
 * Commands that have not been answered. A command is acknowledged by the event it causes and sent again, the same
 * bytes, until that event is seen: receivers know its identity, so sending twice does no harm.
 */
export class PendingCommands {
  readonly #bus: Bus;
  readonly #pending = new Map<string, Pending>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Remembers without sending: `sendAll` will. */
  add(command: Command, trigger: Trigger): void {
    this.#pending.set(keyOf(command), { command, trigger, sends: 0 });
  }

  send(command: Command, trigger: Trigger): void {
    const pending = { command, trigger, sends: 0 };
    this.#pending.set(keyOf(command), pending);
    this.#publish(pending);
  }

  /** Sends what still waits. An intent past its deadline stays until it is settled or given up: execution may have it. */
  sendAll(marketTime: TimestampUs): void {
    for (const [key, pending] of this.#pending) {
      if (isLate(pending, marketTime)) continue;
      if (pending.command.kind !== 'stage' && pending.sends >= sendsMax) this.#pending.delete(key);
      else this.#publish(pending);
    }
  }

  /** Intents that were not answered before their deadline. */
  late(marketTime: TimestampUs): readonly OrderIntent[] {
    return [...this.#pending.values()].flatMap((pending) =>
      isLate(pending, marketTime) && pending.command.kind === 'stage' ? [pending.command.intent] : [],
    );
  }

  giveUp(intent: OrderIntent): void {
    this.#pending.delete(`stage ${intent.clientOrderId}`);
  }

  /** An order's event ends what asked for it. */
  settle(event: OrderEvent): void {
    if (this.#pending.size === 0) return;
    this.#pending.delete(`stage ${event.clientOrderId}`);
    if (event.body.case === 'cancelRequested' || event.leavesQuantity === 0n) {
      this.#pending.delete(`cancel ${event.clientOrderId}`);
    }
    if (event.body.case === 'replaceRequested') this.#pending.delete(`replace ${event.body.value.requestId}`);
  }

  /** While the bus is away the publish is refused, which is no send: the next `sendAll` tries again. */
  #publish(pending: Pending): void {
    const result = this.#tryPublish(pending);
    if (result.ok || result.code !== 'DISCONNECTED') pending.sends += 1;
  }

  #tryPublish({ command, trigger }: Pending): PublishResult {
    const { payload } = command;
    const frame = { payload, eventTime: trigger.time, causationId: trigger.id, correlationId: trigger.id };
    switch (command.kind) {
      case 'stage': {
        const { clientOrderId } = command.intent;
        const id = brandOf.eventId(`intent.${clientOrderId}`);
        return this.#bus.publish({
          ...frame,
          id,
          subject: subjects.stageOrder.of({ clientOrderId }),
          message: command.intent,
        });
      }
      case 'cancel': {
        const { clientOrderId } = command.cancel;
        const id = brandOf.eventId(`cancel.${clientOrderId}`);
        return this.#bus.publish({
          ...frame,
          id,
          subject: subjects.cancelOrder.of({ clientOrderId }),
          message: command.cancel,
        });
      }
      case 'replace': {
        const { clientOrderId, requestId } = command.replace;
        const id = brandOf.eventId(`replace.${requestId}`);
        return this.#bus.publish({
          ...frame,
          id,
          subject: subjects.replaceOrder.of({ clientOrderId }),
          message: command.replace,
        });
      }
    }
  }
}

function isLate({ command }: Pending, marketTime: TimestampUs): boolean {
  return command.kind === 'stage' && command.intent.deadline < marketTime;
}

function keyOf(command: Command): string {
  return `${command.kind} ${identityOf(command)}`;
}

function identityOf(command: Command): ClientOrderId {
  switch (command.kind) {
    case 'stage':
      return command.intent.clientOrderId;
    case 'cancel':
      return command.cancel.clientOrderId;
    case 'replace':
      return command.replace.requestId;
  }
}
