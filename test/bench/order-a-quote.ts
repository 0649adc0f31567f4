import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

/** Far enough below the market not to be filled. */
const restingShare = 0.95;

/**
 * Loads the path of an order as evenly as can be: first orders that stay on the book, one a quote, then orders that
 * are canceled at once, so that neither book nor position grows.
 */
export const strategy = defineStrategy({
  name: 'order-a-quote',
  parameters: z.strictObject({
    /** Orders that stay on the book. */
    working: z.int().min(0),
    /** Then every so many quotes an order that does not; 0: none. */
    immediateEvery: z.int().min(0),
  }),
  create(context, { working, immediateEvery }) {
    let placed = 0;
    let passed = 0;
    let isOn = false;
    // Its process is a child of the bench, which says when the system is ready to be measured.
    process.on('message', (message) => {
      if (message === 'order') isOn = true;
    });
    return {
      onQuote({ instrument, bid }) {
        if (!isOn) return;
        const order = { instrument, quantity: 1, limit: bid * restingShare };
        if (placed < working) {
          placed += 1;
          context.order.buy({ ...order, timeInForce: 'gtc', reason: 'rests' });
          return;
        }
        passed += 1;
        if (immediateEvery > 0 && passed % immediateEvery === 0) {
          context.order.buy({ ...order, timeInForce: 'ioc', reason: 'goes at once' });
        }
      },
    };
  },
});
