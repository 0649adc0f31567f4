/** Subjects whose listeners are remembered; an order has its own, so they are without number. */
const routesMax = 10_000;
/** `events.v1.order.<id>`: what comes before an id tells most listeners apart. */
const beginningTokens = 3;

/** Who listens to a subject, by NATS's rule, in the order of their coming. */
export class FifoRoutes<Listener extends { readonly tokens: readonly string[] }> {
  readonly #listeners = new Set<Listener>();
  readonly #routes = new Map<string, readonly Listener[]>();
  /** By the beginning of the subject, of which there are few. */
  readonly #candidates = new Map<string, readonly Listener[]>();

  add(listener: Listener): void {
    this.#listeners.add(listener);
    this.#forget();
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#forget();
  }

  all(): Iterable<Listener> {
    return this.#listeners;
  }

  listenersOf(subject: string): readonly Listener[] {
    const known = this.#routes.get(subject);
    if (known !== undefined) return known;
    const tokens = subject.split('.');
    const listeners = this.#candidatesFor(tokens).filter((listener) => matches(listener.tokens, tokens));
    if (this.#routes.size >= routesMax) this.#routes.clear();
    this.#routes.set(subject, listeners);
    return listeners;
  }

  #candidatesFor(tokens: readonly string[]): readonly Listener[] {
    const beginning = tokens.slice(0, beginningTokens);
    const name = beginning.join('.');
    const known = this.#candidates.get(name);
    if (known !== undefined) return known;
    const candidates = [...this.#listeners].filter((listener) => mayMatch(listener.tokens, beginning));
    if (this.#candidates.size >= routesMax) this.#candidates.clear();
    this.#candidates.set(name, candidates);
    return candidates;
  }

  #forget(): void {
    this.#routes.clear();
    this.#candidates.clear();
  }
}

/** NATS's rule: `*` is any one token, `>` at the end one or more. */
function matches(pattern: readonly string[], tokens: readonly string[]): boolean {
  for (const [index, part] of pattern.entries()) {
    if (part === '>' && index === pattern.length - 1) return tokens.length > index;
    if (index >= tokens.length || (part !== '*' && part !== tokens[index])) return false;
  }
  return pattern.length === tokens.length;
}

/** Whether the pattern matches a subject that begins so, as far as its beginning tells. */
function mayMatch(pattern: readonly string[], beginning: readonly string[]): boolean {
  for (const [index, token] of beginning.entries()) {
    const part = pattern[index];
    if (part === '>') return true;
    if (part !== '*' && part !== token) return false;
  }
  return true;
}
