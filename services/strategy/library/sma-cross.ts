import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

const parameters = z
  .strictObject({ fast: z.int().min(1), slow: z.int().min(2), notional: z.number().positive() })
  .refine(({ fast, slow }) => fast < slow, { path: ['fast'], message: 'expected less than slow' });

/** Long while the fast simple moving average of closes is above the slow one, flat otherwise. */
export const strategy = defineStrategy({
  name: 'sma-cross',
  parameters,
  history: ({ slow }) => slow,
  create(context, { fast, slow, notional }) {
    const closes = new Map<string, number[]>();
    return {
      onBar({ instrument, close }) {
        const window = [...(closes.get(instrument) ?? []), close].slice(-slow);
        closes.set(instrument, window);
        if (window.length < slow || context.pending(instrument) !== 0) return;
        const above = average(window.slice(-fast)) > average(window);
        const held = context.position(instrument);
        if (above && held === 0) {
          context.order.buy({
            instrument,
            notional,
            limit: close * 1.001,
            reason: `SMA ${fast} rose above SMA ${slow}`,
          });
        } else if (!above && held > 0) {
          context.order.sell({
            instrument,
            quantity: held,
            reduceOnly: true,
            reason: `SMA ${fast} fell below SMA ${slow}`,
          });
        }
      },
    };
  },
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
