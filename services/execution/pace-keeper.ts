import type { Pace } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';

const passedOn = subjects.pace.of({ stage: 'execution' });

export interface PaceKeeperPorts {
  readonly bus: Bus;
  readonly gateway: VenueGateway;
  /** Nothing is on its way to the disk, to the venue or back. */
  readonly isSettled: () => boolean;
}

/**
 * Passes a replay's mark on once all that came before it has been handled. The venue answers in order, so a read
 * that comes back has everything behind it that the instant's data caused there.
 */
export class PaceKeeper {
  readonly #ports: PaceKeeperPorts;
  #waiting: Pace | undefined;
  #reading = false;

  constructor(ports: PaceKeeperPorts) {
    this.#ports = ports;
  }

  take(mark: Pace): void {
    this.#waiting = mark;
    this.check();
  }

  /** Something has settled. */
  check(): void {
    if (this.#waiting === undefined || this.#reading || !this.#ports.isSettled()) return;
    this.#reading = true;
    this.#ports.gateway.openOrders(this.#onRead);
  }

  readonly #onRead = (): void => {
    this.#reading = false;
    this.#passOn();
  };

  /** What came before the read's answer may have begun something new; whatever ends it checks again. */
  #passOn(): void {
    const mark = this.#waiting;
    if (mark === undefined || !this.#ports.isSettled()) return;
    this.#waiting = undefined;
    this.#ports.bus.publish({
      subject: passedOn,
      message: mark,
      eventTime: mark.marketTime,
    });
  }
}
