import { hexOf } from '../kernel/codec/hex.ts';

export const openingActivityId = 'opening-balance';
const acceptedPrefix = 'accepted.';

/** Of what one signed act takes over. */
export function acceptedActivityId(nonce: Uint8Array, what: string): string {
  return `${acceptedPrefix}${hexOf(nonce)}.${what}`;
}

/** Not an activity of the venue, but its word on how things stand: all that it told before is in it, or was foreign. */
export function isTakenOver(activityId: string): boolean {
  return activityId.startsWith(openingActivityId) || activityId.startsWith(acceptedPrefix);
}
