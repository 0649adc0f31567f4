import type { GroupId } from '../../../services/kernel/codec/brand.ts';
import { isOpen, type PaperOrder } from './paper-order.ts';

/**
 * The venue's orders in memory, each a copy as it was saved. Of those that are closed the oldest leave once `closedKept`
 * newer ones are there, a group as a whole and not before all of it is closed. Who asks for one that has left is told so.
 */
export class MemoryVenueOrders {
  readonly #closedKept: number;
  readonly #orders = new Map<string, PaperOrder>();
  readonly #groups = new Map<string, Set<string>>();
  /** In the order in which they were closed. */
  readonly #closed = new Set<string>();
  /** Orders and groups that have left. */
  readonly #gone = new Set<string>();

  constructor(closedKept: number) {
    this.#closedKept = closedKept;
  }

  /** Returns what takes it back. */
  save(order: PaperOrder): () => void {
    const { clientOrderId: id, groupId } = order.intent;
    const before = this.#orders.get(id);
    const isClosedNow = !isOpen(order) && !this.#closed.has(id);
    this.#orders.set(id, { ...order });
    if (isClosedNow) this.#closed.add(id);
    if (groupId !== undefined) this.#groups.set(groupId, new Set(this.#groups.get(groupId)).add(id));
    return () => {
      if (isClosedNow) this.#closed.delete(id);
      if (before === undefined) this.remove(id);
      else this.#orders.set(id, before);
    };
  }

  remove(id: string): void {
    this.#orders.delete(id);
    for (const members of this.#groups.values()) members.delete(id);
  }

  /** By their arrival. */
  open(): readonly PaperOrder[] {
    return Array.from(this.#orders.values())
      .filter(isOpen)
      .map((order) => ({ ...order }))
      .toSorted((a, b) => a.arrival - b.arrival);
  }

  find(id: string): PaperOrder | undefined {
    this.#refuseGone(id);
    const order = this.#orders.get(id);
    return order === undefined ? undefined : { ...order };
  }

  ofGroup(groupId: GroupId): readonly PaperOrder[] {
    this.#refuseGone(groupId);
    return Array.from(this.#groups.get(groupId) ?? []).flatMap((member) => this.find(member) ?? []);
  }

  /** By halves: to look at each once and not with every commit. */
  forgetOldest(): void {
    if (this.#closed.size < 2 * this.#closedKept) return;
    for (const id of this.#closed) {
      if (this.#closed.size <= this.#closedKept) return;
      const groupId = this.#orders.get(id)?.intent.groupId;
      const group = groupId === undefined ? [id] : [groupId, ...(this.#groups.get(groupId) ?? [])];
      // What is open depends on what became of the rest of its group.
      if (group.some((member) => this.#orders.has(member) && !this.#closed.has(member))) continue;
      for (const member of group) {
        for (const known of [this.#orders, this.#groups, this.#closed]) known.delete(member);
        this.#gone.add(member);
      }
    }
  }

  #refuseGone(id: string): void {
    if (!this.#gone.has(id)) return;
    throw new Error(`${id} is gone: the venue in memory keeps its newest ${this.#closedKept} closed orders`);
  }
}
