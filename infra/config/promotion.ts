import { z } from 'zod';

const text = z.string().min(1, 'expected a text');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** In a profile that `promote` wrote: where it comes from. Absent: it is somebody's own. */
export const promotion = z.strictObject({
  to: z.enum(['paper', 'live']),
  /** The run that was validated, in the store of runs. */
  run: text,
  /** SHA-256 over all its order events, the rows it played, and the program that played them. */
  stateHash: digest,
  dataFingerprint: digest,
  buildHash: digest,
  /** SHA-256 of each strategy's file, by its module. */
  sources: z.record(text, digest),
  /** SHA-256 of its strategies, limits, approval and kill switches, as `promote` wrote them. */
  terms: digest,
  /** What the gate said. */
  decision: z.enum(['approved', 'needs_review']),
  /** In the words of whoever looked where the gate asked for it. */
  reviewed: text.optional(),
  /** The journals of the paper trading that stands behind a live profile: as they were then. */
  paper: z
    .strictObject({
      ledgerId: text,
      executionHead: digest,
      riskHead: digest,
      sessions: z.int().nonnegative(),
      trades: z.int().nonnegative(),
    })
    .optional(),
});

export type Promotion = z.output<typeof promotion>;
