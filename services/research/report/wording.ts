/** How figures are written for people; a figure that a run cannot tell is a dash. Minus is the sign, not the hyphen. */
const nothing = '–';
const dayUs = 86_400_000_000;
const hourUs = 3_600_000_000;
const minuteUs = 60_000_000;

export type Figure = number | null | undefined;

const isTold = (value: Figure): value is number => typeof value === 'number' && Number.isFinite(value);

export function percent(
  value: Figure,
  options: { readonly digits?: number; readonly sign?: boolean } = {},
): string {
  if (!isTold(value)) return nothing;
  return `${decimal(value * 100, { digits: options.digits ?? 1, sign: options.sign ?? false })}%`;
}

export function decimal(
  value: Figure,
  options: { readonly digits?: number; readonly sign?: boolean } = {},
): string {
  if (!isTold(value)) return nothing;
  const digits = options.digits ?? 2;
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // What rounds to nothing has no sign.
  if (!/[1-9]/.test(text)) return text;
  const plus = options.sign === true ? '+' : '';
  return `${value < 0 ? '−' : plus}${text}`;
}

export const money = (value: Figure, options: { readonly sign?: boolean } = {}): string =>
  decimal(value, { ...options, digits: 2 });

/** An amount in an overview: cents matter below ten thousand only. */
export const roundMoney = (value: Figure, options: { readonly sign?: boolean } = {}): string =>
  decimal(value, { ...options, digits: isTold(value) && Math.abs(value) < 10_000 ? 2 : 0 });

export const whole = (value: Figure): string => decimal(value, { digits: 0 });

/** Shortest form of a price or quantity: as many digits as it has. */
export function plain(value: Figure): string {
  if (!isTold(value)) return nothing;
  return value.toLocaleString('en-US', { maximumFractionDigits: 9 }).replace('-', '−');
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

/** `2021-03-31`, in UTC. What is told are closes: that of a bar which ends at midnight is of the day that ends with it. */
export function dayOf(timeUs: number): string {
  return Number.isFinite(timeUs) ? new Date((timeUs - 1) / 1_000).toISOString().slice(0, 10) : nothing;
}

/** `2021-03-31 20:00:00`, in UTC, with the fraction of a second if it has any. */
export function timeOf(timeUs: number): string {
  if (!Number.isFinite(timeUs)) return nothing;
  return new Date(timeUs / 1_000).toISOString().replace('T', ' ').replace('.000', '').replace('Z', '');
}

/** `3 d 4 h`, `12 min`: two units at most. */
export function span(durationUs: Figure): string {
  if (!isTold(durationUs)) return nothing;
  if (durationUs >= 100 * dayUs) return `${whole(durationUs / dayUs)} d`;
  const days = Math.floor(durationUs / dayUs);
  const hours = Math.floor((durationUs % dayUs) / hourUs);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  const minutes = Math.floor((durationUs % hourUs) / minuteUs);
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return `${minutes} min`;
  return `${decimal(durationUs / 1_000_000, { digits: durationUs % 1_000_000 === 0 ? 0 : 3 })} s`;
}

/** How long a trade is held: one of an hour is no day of nothing. */
export function heldText(days: Figure): string {
  if (!isTold(days)) return nothing;
  return days < 2 ? span(days * dayUs) : `${decimal(days, { digits: 1 })} days`;
}

/** Words as a POSIX shell takes them. */
export function shellWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** `awaitingApproval` as `awaiting approval`. */
export function spaced(name: string): string {
  return name.replaceAll(
    /([a-z])([A-Z])/g,
    (_match, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
}
