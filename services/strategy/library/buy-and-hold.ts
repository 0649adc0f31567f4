import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

/** Buys once, at the first bar of each instrument, and holds. */
export const strategy = defineStrategy({
  name: 'buy-and-hold',
  parameters: z.strictObject({ quantity: z.number().positive() }),
  create(context, { quantity }) {
    return {
      onBar({ instrument }) {
        if (context.position(instrument) !== 0 || context.pending(instrument) !== 0) return;
        context.order.buy({ instrument, quantity, reason: 'buy and hold' });
      },
    };
  },
});
