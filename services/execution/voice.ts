import type { Bus, Outgoing, PublishResult } from '../kernel/bus/bus.ts';

/**
 * Whoever follows the journal goes with the latest start that tells rows. So a start that may run on a copy of the
 * folder tells none, live, again or when asked, before it is known to be the one: by its first lease, also one that
 * counts for nothing because risk runs another build, or because there is no risk to ask. All else it says at once.
 */
export class Voice {
  readonly bus: Bus;
  readonly #handlers: (() => void)[] = [];
  #speaks = false;

  constructor(bus: Bus) {
    this.bus = {
      publish: (outgoing) => this.#refusal(outgoing) ?? bus.publish(outgoing),
      publishStored: (outgoing, onStored) => this.#refusal(outgoing) ?? bus.publishStored(outgoing, onStored),
      subscribe: (pattern, handler) => bus.subscribe(pattern, handler),
      request: (query, done) => bus.request(query, done),
      serve: (pattern, handler, replyType) => bus.serve(pattern, handler, replyType),
      status: () => bus.status(),
      onStatus: (handler) => bus.onStatus(handler),
      onMalformed: (handler) => bus.onMalformed(handler),
      onFailure: (handler) => bus.onFailure(handler),
      close: () => bus.close(),
    };
  }

  get speaks(): boolean {
    return this.#speaks;
  }

  /** Runs once, with the first word. */
  onSpeak(handler: () => void): void {
    this.#handlers.push(handler);
  }

  speak(): void {
    if (this.#speaks) return;
    this.#speaks = true;
    for (const handler of this.#handlers) handler();
  }

  /** Rows are what has a place in the journal. */
  #refusal({ producerSequence }: Outgoing<unknown>): PublishResult | undefined {
    if (this.#speaks || producerSequence === undefined) return undefined;
    return {
      ok: false,
      code: 'DISCONNECTED',
      detail: 'no lease yet: another start may be the one to be heard',
    };
  }
}
