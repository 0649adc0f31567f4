/**
 * Subjects whose listeners are remembered one by one, such as the quotes of a whole market. Orders bring new ones without
 * end, and are found by their stem.
 */
const routesMax = 10_000;
/** Stems that are remembered: kinds of message, by instrument or account at most. */
const stemsMax = 10_000;

/** Who listens to a subject, by NATS's rule, in the order of their coming. */
export class FifoRoutes<Listener extends { readonly tokens: readonly string[] }> {
  readonly #listeners = new Set<Listener>();
  readonly #routes = new Map<string, readonly Listener[]>();
  /** By the subject without its last token, when nobody asks for one last token and not for another. */
  readonly #stems = new Map<string, readonly Listener[]>();

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
    return this.#routes.get(subject) ?? this.#stems.get(stemOf(subject)) ?? this.#find(subject);
  }

  #find(subject: string): readonly Listener[] {
    const tokens = subject.split('.');
    const all = [...this.#listeners];
    const listeners = all.filter((listener) => matches(listener.tokens, tokens));
    if (this.#routes.size >= routesMax) this.#routes.clear();
    this.#routes.set(subject, listeners);
    if (all.some((listener) => namesLast(listener.tokens, tokens))) return listeners;
    if (this.#stems.size >= stemsMax) this.#stems.clear();
    this.#stems.set(stemOf(subject), listeners);
    return listeners;
  }

  #forget(): void {
    this.#routes.clear();
    this.#stems.clear();
  }
}

/** `events.v1.order.` of `events.v1.order.<id>`. */
function stemOf(subject: string): string {
  return subject.slice(0, subject.lastIndexOf('.') + 1);
}

/** NATS's rule: `*` is any one token, `>` at the end one or more. */
function matches(pattern: readonly string[], tokens: readonly string[]): boolean {
  for (const [index, part] of pattern.entries()) {
    if (part === '>' && index === pattern.length - 1) return tokens.length > index;
    if (index >= tokens.length || (part !== '*' && part !== tokens[index])) return false;
  }
  return pattern.length === tokens.length;
}

/** Whether the pattern asks for one last token behind this stem, whichever. */
function namesLast(pattern: readonly string[], tokens: readonly string[]): boolean {
  const last = pattern.at(-1);
  if (pattern.length !== tokens.length || last === undefined || last === '*' || last === '>') return false;
  return matches(pattern, tokens.with(-1, last));
}
