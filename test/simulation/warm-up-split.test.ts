// Aim: a run that begins after a split decides as one that has lived through it: what its warm-up bars are worth is told
// between them, as it would have been live. AAPL gave seven shares for one on 2014-06-09.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';

const data = fileURLToPath(new URL('../../../shared/data/lean', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'interlock-warm-up-split-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Says with each bar what it makes of the last thirty closes, in shares as they are: the limit of an order of one. */
const module = join(folder, 'mean.ts');
writeFileSync(
  module,
  `import { defineStrategy } from 'interlock/strategy';
   import { z } from 'zod';
   export const strategy = defineStrategy({
     name: 'mean',
     parameters: z.strictObject({}),
     history: () => 30,
     create(context) {
       let closes: number[] = [];
       return {
         onCorporateAction(action) {
           if (action.kind === 'split') closes = closes.map((close) => close / action.ratio);
           else closes = closes.map((close) => close - action.amountPerShare);
         },
         onBar({ instrument, close }) {
           closes = [...closes, close].slice(-30);
           const mean = closes.reduce((sum, each) => sum + each, 0) / closes.length;
           context.order.buy({ instrument, quantity: 1, limit: mean, timeInForce: 'ioc', reason: 'the mean' });
         },
       };
     },
   });`,
);

async function meansSince(from: string) {
  const asked = new Asked({
    ...{ strategy: module, feed: 'lean', data, symbols: 'AAPL', from, to: '2014-08-29' },
    ...{ dataFolder: join(folder, 'data'), resolution: 'daily' },
  });
  const { outcomes } = createResearch().backtest(await readBacktest(asked, () => 0));
  return outcomes.map(({ stagedAt, limitPrice }) => ({ stagedAt, limitPrice }));
}

describe.skipIf(!existsSync(data))(
  'a warm-up with a split and a dividend in it (skipped without ../shared/data)',
  () => {
    it.each(['2014-06-10', '2014-06-16', '2014-08-08'])('from %s', async (from) => {
      const whole = await meansSince('2014-03-03');
      const later = await meansSince(from);
      expect(later.length).toBeGreaterThan(10);
      expect(later).toEqual(whole.slice(-later.length));
    });
  },
);
