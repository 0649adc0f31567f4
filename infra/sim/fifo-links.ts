/** By the name of a producer, the names of those whom its messages reach a step later than all others. */
export type HeardLater = Readonly<Record<string, readonly string[]>>;

/** The listeners of one message by when they hear it. */
interface Steps<Listener> {
  readonly atOnce: readonly Listener[];
  readonly later: readonly Listener[];
}

/** The links of a producer some of whose listeners hear it a step later. */
export class FifoLinks<Listener extends { readonly client: { readonly producer: string } }> {
  readonly #later: readonly string[];
  /** The listeners of a subject are the same list until somebody comes or goes. */
  readonly #steps = new WeakMap<readonly Listener[], Steps<Listener>>();

  constructor(later: readonly string[]) {
    this.#later = later;
  }

  isLater({ producer }: Listener['client']): boolean {
    return this.#later.includes(producer);
  }

  stepsTo(listeners: readonly Listener[]): Steps<Listener> {
    const known = this.#steps.get(listeners);
    if (known !== undefined) return known;
    const steps = {
      atOnce: listeners.filter(({ client }) => !this.isLater(client)),
      later: listeners.filter(({ client }) => this.isLater(client)),
    };
    this.#steps.set(listeners, steps);
    return steps;
  }
}
