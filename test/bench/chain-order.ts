import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

export const chainOrder = z.discriminatedUnion('kind', [
  /** What this link publishes, with the time of the source's publish written over its first bytes. */
  z.strictObject({ kind: z.literal('relay'), from: z.string(), to: z.string(), frame: bytes }),
  z.strictObject({ kind: z.literal('source'), to: z.string(), frame: bytes }),
  z.strictObject({ kind: z.literal('sink'), from: z.string(), path: z.string(), rows: z.array(bytes) }),
  z.strictObject({ kind: z.literal('publish'), count: z.int(), perSecond: z.int() }),
  z.strictObject({ kind: z.literal('collect'), count: z.int() }),
]);
export type ChainOrder = z.infer<typeof chainOrder>;

export const chainReady = z.strictObject({ kind: z.literal('ready') });
/** Microseconds from the source's publish to the sink's handler, and to the end of its commit. */
export const chainLatencies = z.strictObject({
  kind: z.literal('latencies'),
  transport: z.array(z.number()),
  durable: z.array(z.number()),
});
