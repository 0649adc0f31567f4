import type { Bus, BusStatus, Malformed } from './bus.ts';

/** What every adapter does alike: tell status and malformed messages, and end all deliveries when a callback throws. */
export class BusListeners implements Pick<Bus, 'status' | 'onStatus' | 'onMalformed' | 'onFailure'> {
  #status: BusStatus = 'connected';
  #failed = false;
  readonly #statusHandlers: ((status: BusStatus) => void)[] = [];
  readonly #malformedHandlers: ((malformed: Malformed) => void)[] = [];
  readonly #failureHandlers: ((error: Error) => void)[] = [];

  status(): BusStatus {
    return this.#status;
  }

  onStatus(handler: (status: BusStatus) => void): void {
    this.#statusHandlers.push(handler);
  }

  onMalformed(handler: (malformed: Malformed) => void): void {
    this.#malformedHandlers.push(handler);
  }

  onFailure(handler: (error: Error) => void): void {
    this.#failureHandlers.push(handler);
  }

  /** False once a callback has thrown or the bus was closed: nothing reaches the service any more. */
  delivers(): boolean {
    return !this.#failed && this.#status !== 'closed';
  }

  /** Takes the new status; `tellStatus` tells it, at once or from the adapter's queue. */
  setStatus(status: BusStatus): void {
    this.#status = status;
  }

  tellStatus(status: BusStatus): void {
    for (const handler of this.#statusHandlers) this.call(handler, status);
  }

  tellMalformed(malformed: Malformed): void {
    for (const handler of this.#malformedHandlers) this.call(handler, malformed);
  }

  call<T, Also>(handler: (value: T, also?: Also) => void, value: T, also?: Also): void {
    if (this.#failed) return;
    try {
      handler(value, also);
    } catch (error) {
      this.fail(
        error instanceof Error ? error : new Error(`a handler threw ${String(error)}`, { cause: error }),
      );
    }
  }

  fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const handler of this.#failureHandlers) handler(error);
  }
}
