import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** Of the length of a real one. */
export const bareSubject = 'bench.bare.quote.paper.SPY';

export const ready = z.strictObject({ kind: z.literal('ready') });
/** Tell me the rate once so many have come. */
export const readerOrder = z.strictObject({ count: z.int().positive() });
export const publisherOrder = z.strictObject({ count: z.int().positive(), frame: bytes });
export const frameSeen = z.strictObject({ kind: z.literal('frame'), frame: bytes });
export const counted = z.strictObject({
  kind: z.literal('counted'),
  messagesPerSecond: z.number(),
  sum: z.number(),
});
