import { z } from 'zod';
import { checked, jsonOf } from './run-document.ts';
import type { RunStore } from './run-store.ts';

const ratio = z.number();
const figure = z.number().nullable();
const count = z.number();

const promise = z.object({ sharpeAnnual: figure, returnAnnualRatio: ratio, maxDrawdownRatio: ratio });

/** What a judgement was made from, in the validation.json beside its run; what it says besides is for people. */
const schema = z.object({
  decision: z.enum(['approved', 'rejected', 'needs_review']),
  facts: z.object({
    limits: z.object({
      positionRatioMax: ratio,
      drawdownRatioMax: ratio,
      dailyLossRatioMax: ratio,
      leverageRatioMax: ratio,
      positionsMax: count,
      cashRatioMin: ratio,
    }),
    doubts: z.object({ isPriceBroken: z.boolean(), sentences: z.array(z.string()) }),
    screen: z.union([promise, z.string()]),
    costs: z.array(z.object({ pessimism: z.number(), sharpeAnnual: figure })),
    regimes: z.array(
      z.object({ regime: z.string(), days: count, sharpeAnnual: figure, returnAnnualRatio: figure }),
    ),
    signalsChanged: count,
    signals: count,
    signalsAtCuts: count,
  }),
});

const file = 'validation.json';

/** Puts a judgement beside its run. Returns its path. */
export function keepValidation(store: RunStore, folder: string, judged: unknown): string {
  return store.attach(folder, file, `${JSON.stringify(judged, undefined, 2)}\n`);
}

/** Undefined: the run was not validated. Throws a UserError that names the file, the key and the remedy. */
export function keptValidation(store: RunStore, folder: string) {
  const text = store.attached(folder, file);
  const place = `${folder}/${file}`;
  return text === undefined ? undefined : checked(schema, jsonOf(place, text), place);
}
