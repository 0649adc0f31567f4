import type { Msg } from 'nats';
import { Lane } from '../process/lanes.ts';

/** More than this waits for a service that does not follow: it is handled before anything further is read. */
export const waitingBytesMax = 16 * 1024 * 1024;

/** Messages that have come and wait for their turn, in order: see Lane. */
export class Incoming {
  readonly #lane = new Lane('messages');
  #waitingBytes = 0;

  add(message: Pick<Msg, 'data'>, handle: () => void): void {
    const bytes = message.data.length;
    this.#waitingBytes += bytes;
    this.#lane.add(() => {
      this.#waitingBytes -= bytes;
      handle();
    });
    // The rest waits at the server meanwhile, which has a limit of its own.
    while (this.#waitingBytes > waitingBytesMax) this.#lane.runNext();
  }
}
