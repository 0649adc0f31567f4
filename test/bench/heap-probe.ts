import { z } from 'zod';

/**
 * Loaded by Node before a service that the bench measures (`--expose-gc --import`), which knows nothing of it: asked
 * by the bench, it collects all garbage and tells what is still held.
 */
export const heapQuestion = 'heap';

export const heapAnswer = z.strictObject({
  kind: z.literal('heap'),
  heapUsed: z.number(),
  external: z.number(),
  rss: z.number(),
});

process.on('message', (message) => {
  if (message !== heapQuestion || globalThis.gc === undefined || process.send === undefined) return;
  // The second one takes what finalizers of the first have let go.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ kind: 'heap', heapUsed, external, rss });
});
