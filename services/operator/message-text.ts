import { formatAmount } from '../kernel/money/amount.ts';
import { valueAt } from './json-value.ts';

/** Later than any duration and earlier than any time, both in microseconds. */
const earliestTimeUs = Date.UTC(2000) * 1000;

/** Hashes are known by their beginning. */
const hash = /^([0-9a-f]{8})[0-9a-f]{56}$/;

/** A message as one line for a person: what happened, where that led, and what is worth knowing of it. */
export function messageText(message: unknown): string {
  const change = valueAt(message, 'body', 'case');
  if (typeof change !== 'string') return fieldsText(message);
  const led = valueAt(message, 'state') ?? valueAt(message, 'level');
  const about = ['side', 'quantity', 'instrument'].map((name) => valueText(valueAt(message, name)));
  return [
    led === undefined ? change : `${change} → ${String(led)}`,
    ...about,
    fieldsText(valueAt(message, 'body', 'value')),
    valueText(valueAt(message, 'flags')),
    valueAt(message, 'ignored') === true ? 'IGNORED' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function fieldsText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return valueText(value);
  return Object.entries(value)
    .map(([name, field]) => [name, valueText(field)])
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
}

/** Empty for what tells a person nothing: absent, empty, or bytes. */
function valueText(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return formatAmount(value);
    case 'number':
      return value > earliestTimeUs ? new Date(value / 1000).toISOString() : String(value);
    case 'string':
      return /\s/.test(value) ? JSON.stringify(value) : value.replace(hash, '$1…');
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null || value instanceof Uint8Array) return '';
      if (Array.isArray(value)) return value.map(valueText).join(',');
      return `(${fieldsText(value)})`.replace('()', '');
    default:
      return '';
  }
}
