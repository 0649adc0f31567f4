import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalEvent } from '../../services/kernel/journal/journal.ts';

/** Appends without end, of one to four events of up to 2 kB. The same seed gives the same. */
export function* randomEvents(seed: number): Generator<readonly JournalEvent[], never> {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    // Numerical Recipes' linear congruential generator; its high bits are random enough for sizes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (;;) {
    yield Array.from({ length: 1 + below(4) }, () => ({
      aggregate: `order/${below(200)}`,
      type: 'interlock.order.v1.OrderEvent',
      time: brandOf.timestampUs(1_700_000_000_000_000 + below(1_000_000)),
      payload: new Uint8Array(below(2_000)).fill(below(256)),
    }));
  }
}
