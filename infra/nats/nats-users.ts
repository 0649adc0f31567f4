/** Who has a key to the bus: the five services, the operator, and who makes the streams before they start. */
export const natsUsers = [
  'market-data',
  'strategy',
  'risk',
  'execution',
  'monitor',
  'operator',
  'provision',
] as const;
export type NatsUser = (typeof natsUsers)[number];

/** Who comes without a key, where the server lets them in. */
export const guestUser = 'guest';
export type Guests = 'tripAndRead' | 'trip' | 'none';

/** All answers to one user come here, and nobody else may listen. */
export function inboxOf(user: string): string {
  return `_INBOX_${user}`;
}
