import type { MessageType } from '../codec/message-type.ts';

/** A concrete subject that messages of one type are published on. */
export interface Subject<T> {
  readonly name: string;
  readonly type: MessageType<T>;
  /** Sent bare, without an envelope. */
  readonly raw: boolean;
  /** Largest message, envelope included, when it is less than what the bus carries. */
  readonly bytesMax?: number | undefined;
}

/** A subject with wildcards, to subscribe to. */
export interface Pattern<T> {
  readonly name: string;
  readonly type: MessageType<T>;
  readonly raw: boolean;
  readonly bytesMax?: number | undefined;
  readonly heardFirstBy?: readonly string[] | undefined;
}

export type CarriedBy = 'core' | 'EVENTS' | 'CONTROL' | 'INSTRUMENTS' | 'RESEARCH';

export interface SubjectUse {
  /** Services (or `operator`, `anyone`) that may publish it. */
  readonly publishers: readonly string[];
  readonly subscribers: readonly string[];
  /** Stream that keeps it besides core delivery, or `core` for none. */
  readonly carriedBy: CarriedBy;
  /** One line for the generated table. */
  readonly purpose: string;
  /**
   * Subscribers that it reaches before whatever else waits for them. In order among itself and its like; what was sent
   * before it on other subjects may come after it.
   */
  readonly heardFirstBy?: readonly string[];
  readonly raw?: true;
  /** Largest message, envelope included; absent: what the bus carries. */
  readonly bytesMax?: number;
}

/** Names between angle brackets: `data.v1.quote.<venue>.<instrument>` -> 'venue' | 'instrument'. */
export type TokenNames<Template extends string> = Template extends `${string}<${infer Name}>${infer Rest}`
  ? Name | TokenNames<Rest>
  : never;

export type Tokens<Template extends string> = Readonly<Record<TokenNames<Template>, string>>;

/** All subjects of one kind: the template with its tokens, and the message it carries. */
export interface SubjectFamily<Template extends string, T> {
  readonly template: Template;
  readonly type: MessageType<T>;
  readonly use: SubjectUse;
  of(tokens: Tokens<Template>): Subject<T>;
  /** Tokens left out become wildcards. */
  matching(tokens: Partial<Tokens<Template>>): Pattern<T>;
  /** The tokens of a subject of this family, unescaped; undefined for any other subject. */
  tokensOf(name: string): Tokens<Template> | undefined;
}

const plain = /^[A-Za-z0-9_-]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * One token of a subject: letters, digits, `_` and `-` stay, any other byte of the UTF-8 form becomes `=XX`, so that
 * `BRK.B` is `BRK=2EB`. Reversible by `unescapeToken`; the empty text is a lone `=`. Throws for half a surrogate pair,
 * which has no UTF-8 form and would come back as another text.
 */
export function escapeToken(text: string): string {
  if (plain.test(text)) return text;
  if (text === '') return '=';
  if (!text.isWellFormed()) throw new RangeError(`${JSON.stringify(text)} is not well-formed text`);
  let escaped = '';
  for (const byte of encoder.encode(text)) {
    const character = String.fromCharCode(byte);
    escaped += plain.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** Undefined when the token was not made by `escapeToken`. */
export function unescapeToken(token: string): string | undefined {
  if (plain.test(token)) return token;
  if (token === '=') return '';
  const bytes: number[] = [];
  for (let index = 0; index < token.length; index += 1) {
    if (token[index] !== '=') {
      bytes.push(token.charCodeAt(index));
      continue;
    }
    const hex = token.slice(index + 1, index + 3);
    if (!/^[0-9A-F]{2}$/.test(hex)) return undefined;
    bytes.push(Number.parseInt(hex, 16));
    index += 2;
  }
  try {
    const text = decoder.decode(Uint8Array.from(bytes));
    return escapeToken(text) === token ? text : undefined;
  } catch {
    return undefined;
  }
}

export function defineSubject<const Template extends string, T>(
  template: Template,
  type: MessageType<T>,
  use: SubjectUse,
): SubjectFamily<Template, T> {
  const parts = template.split('.').map((part) => ({
    text: part,
    token: part.startsWith('<') ? part.slice(1, -1) : undefined,
  }));
  const raw = use.raw ?? false;
  const { bytesMax, heardFirstBy } = use;
  // What is the same of all names is put together once: a name is made for every message of an order.
  const [beginning = '', ...endings] = template.split(/<[^>]*>/);
  const slots = parts.flatMap(({ token }) => token ?? []);
  const render = (tokens: Readonly<Record<string, string | undefined>>): string => {
    let name = beginning;
    for (let place = 0; place < slots.length; place += 1) {
      const value = tokens[slots[place] ?? ''];
      name += (value === undefined ? '*' : escapeToken(value)) + (endings[place] ?? '');
    }
    return name;
  };
  return {
    template,
    type,
    use,
    of: (tokens) => ({ name: render(tokens), type, raw, bytesMax }),
    matching: (tokens) => ({ name: render(tokens), type, raw, bytesMax, heardFirstBy }),
    tokensOf: (name) => {
      const texts = name.split('.');
      if (texts.length !== parts.length) return undefined;
      const found: Record<string, string> = {};
      let index = 0;
      for (const part of parts) {
        const text = texts[index] ?? '';
        index += 1;
        if (part.token === undefined) {
          if (text !== part.text) return undefined;
          continue;
        }
        const value = unescapeToken(text);
        if (value === undefined) return undefined;
        found[part.token] = value;
      }
      const tokens: unknown = found;
      return hasEveryToken(tokens) ? tokens : undefined;
    },
  };

  function hasEveryToken(tokens: unknown): tokens is Tokens<Template> {
    return (
      typeof tokens === 'object' &&
      tokens !== null &&
      parts.every((part) => part.token === undefined || part.token in tokens)
    );
  }
}
