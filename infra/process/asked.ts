import { badOption } from './user-error.ts';

/** What was typed. Options go by their name in camel case: `dataFolder` for `--data-folder`. */
export class Asked {
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(options: Readonly<Record<string, unknown>>) {
    this.#options = options;
  }

  /** The same, and these besides; what is undefined stays as it was. */
  with(further: Readonly<Record<string, string | undefined>>): Asked {
    const said = Object.entries(further).filter(([, value]) => value !== undefined);
    return new Asked({ ...this.#options, ...Object.fromEntries(said) });
  }

  /** The same, as if this had not been typed. */
  without(option: string): Asked {
    return new Asked({ ...this.#options, [option]: undefined });
  }

  text(option: string): string | undefined {
    const value = this.#options[option];
    return typeof value === 'string' ? value : undefined;
  }

  isSet(option: string): boolean {
    return this.#options[option] === true;
  }

  wholeNumber(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw badOption(option, 'a whole number', text);
    return Number(text);
  }
}
