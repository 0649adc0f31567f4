import type { SimDisk } from '../../../infra/sim/sim-journal.ts';
import type { SimProcess } from '../../../infra/sim/simulation.ts';
import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { absolute, signedQuantity } from '../../kernel/money/amount.ts';
import { DiskView, ExecutionView } from './execution-view.ts';
import type { SendChecks } from './send-checks.ts';
import type { VenueView } from './venue-view.ts';

/** A process of execution that was taken for dead and runs beside its successor, on a copy of the journal. */
export interface Stranger {
  readonly disk: SimDisk;
  readonly view: ExecutionView;
}

/** Processes that have a successor, and who of them all sent what: the venue knows an order by its id alone. */
export class Strangers {
  readonly #venue: VenueView;
  readonly #sends: SendChecks;
  readonly #strangers = new Map<SimProcess, Stranger>();
  /** Sent by a stranger. */
  readonly #sent = new Set<ClientOrderId>();
  /** Sent by both, so that the one may have come where the other was lost. */
  readonly #sentByBoth = new Set<ClientOrderId>();

  constructor(parts: { readonly venue: VenueView; readonly sends: SendChecks }) {
    this.#venue = parts.venue;
    this.#sends = parts.sends;
  }

  get isThereOne(): boolean {
    return [...this.#strangers.keys()].some(({ isAlive }) => isAlive);
  }

  /** Undefined: it is no stranger. */
  of(process: SimProcess): Stranger | undefined {
    return this.#strangers.get(process);
  }

  /** Who started while a stranger spoke may have believed it, and ends when it hears better; the next start knows better. */
  mayEnd(error: Error): boolean {
    return (
      this.#strangers.size > 0 &&
      ['another history', 'was set back', 'A later start of execution'].some((reason) =>
        error.message.includes(reason),
      )
    );
  }

  /** It is stopped; its copy is the disk as it is now, and nothing that it writes there tells of the house. */
  add(process: SimProcess, original: SimDisk, view: ExecutionView): void {
    process.freeze();
    this.#add(process, original.copy(), view);
  }

  /** It starts on a copy of the folder, somewhere else. */
  addCopy(process: SimProcess, disk: SimDisk): void {
    this.#add(process, disk, undefined);
  }

  #add(process: SimProcess, disk: SimDisk, view: ExecutionView | undefined): void {
    const ignore = (): void => {};
    const diskView = new DiskView({ onOrder: ignore, onAuthority: ignore, onFact: ignore });
    diskView.take(disk.rows);
    this.#strangers.set(process, { disk, view: view?.onDisk(diskView) ?? new ExecutionView(diskView) });
  }

  end(): void {
    for (const process of this.#strangers.keys()) process.kill();
  }

  onSend(process: SimProcess, view: ExecutionView, order: OrderIntent): void {
    const { clientOrderId: id } = order;
    const isKnown = this.#venue.orders.has(id);
    if (this.#strangers.has(process)) {
      // What it knows may be old; its own lease, epoch and latches, and the limits of the account, hold all the same.
      this.#sends.onSend(view, order, { isSentBefore: isKnown, unheard: this.#unheard(view, order) });
      if (isKnown) this.#sentByBoth.add(id);
      this.#sent.add(id);
      return;
    }
    // Each of them may send it once, and the venue takes one.
    const isOfStranger = isKnown && this.#sent.has(id) && !this.#sentByBoth.has(id);
    if (isOfStranger) this.#sentByBoth.add(id);
    this.#sends.onSend(view, order, {
      isSentBefore: isOfStranger,
      unheard: this.#unheard(view, order),
    });
  }

  #unheard({ disk }: ExecutionView, { instrument }: OrderIntent): bigint {
    let sum = 0n;
    for (const id of this.#sent) {
      const order = this.#venue.orders.get(id);
      if (order?.intent.instrument !== instrument) continue;
      sum += absolute(signedQuantity(order.filled - (disk.orders.get(id)?.filled ?? 0n)));
    }
    return sum;
  }

  get sent(): ReadonlySet<ClientOrderId> {
    return this.#sent;
  }

  /** It was sent by a stranger, so that the house may never hear of it but from the venue. */
  hasSent(id: ClientOrderId): boolean {
    return this.#sent.has(id);
  }

  /** What strangers know, whom risk may have gone with. */
  get disks(): readonly DiskView[] {
    return [...this.#strangers.values()].map(({ view }) => view.disk);
  }

  onLost(id: ClientOrderId): void {
    if (!this.#sentByBoth.has(id)) this.#venue.isGone(id);
  }
}
