import type { NatsConnection } from 'nats';

/** More than this unread by the server, and publishing is refused: the client itself would buffer without end. */
const unreadBytesMax = 32 * 1024 * 1024;
/** After how many bytes the server is asked how far it has read. */
const probeIntervalBytes = 1024 * 1024;

/** Counts what was sent and not yet read by the server: a ping among the messages is answered once it got there. */
export class OutgoingBacklog {
  readonly #connection: NatsConnection;
  #sentBytes = 0;
  #probedBytes = 0;
  #readBytes = 0;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  isFull(): boolean {
    return this.unreadBytes() > unreadBytesMax;
  }

  unreadBytes(): number {
    return this.#sentBytes - this.#readBytes;
  }

  add(bytes: number): void {
    this.#sentBytes += bytes;
    if (this.#sentBytes - this.#probedBytes < probeIntervalBytes) return;
    const sentBytes = this.#sentBytes;
    this.#probedBytes = sentBytes;
    this.#connection.flush().then(
      () => {
        this.#readBytes = Math.max(this.#readBytes, sentBytes);
      },
      () => {
        // The connection was lost, and `clear` with it.
      },
    );
  }

  /** What was under way is lost with its connection. */
  clear(): void {
    this.#readBytes = this.#sentBytes;
    this.#probedBytes = this.#sentBytes;
  }
}
