export interface Scheduled {
  readonly dueUs: number;
  /** Breaks ties in the order of scheduling. */
  readonly number: number;
}

/** What is due next, found in logarithmic time: a binary heap. */
export class EventHeap<Event extends Scheduled> {
  readonly #events: Event[] = [];

  get size(): number {
    return this.#events.length;
  }

  add(event: Event): void {
    const events = this.#events;
    let place = events.length;
    events.push(event);
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = events[parent];
      if (above === undefined || !comesBefore(event, above)) break;
      events[place] = above;
      place = parent;
    }
    events[place] = event;
  }

  next(): Event | undefined {
    return this.#events[0];
  }

  take(): Event | undefined {
    const events = this.#events;
    const [first] = events;
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    this.#sink(last);
    return first;
  }

  /** Puts `event` at the top's place and lets it down to its own. */
  #sink(event: Event): void {
    const events = this.#events;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const one = events[left];
      if (one === undefined) break;
      const other = events[left + 1];
      const isRight = other !== undefined && comesBefore(other, one);
      const child = isRight ? other : one;
      if (!comesBefore(child, event)) break;
      events[place] = child;
      place = isRight ? left + 1 : left;
    }
    events[place] = event;
  }
}

function comesBefore(one: Scheduled, other: Scheduled): boolean {
  return one.dueUs < other.dueUs || (one.dueUs === other.dueUs && one.number < other.number);
}
