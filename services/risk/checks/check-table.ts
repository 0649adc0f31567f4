import type { OrderView } from '../order-view.ts';
import type { Check } from './check.ts';
import type { Denial } from './denial-reasons.ts';
import { exposureChecks } from './exposure-checks.ts';
import { formChecks } from './form-checks.ts';
import { marketChecks } from './market-checks.ts';
import { sizeChecks } from './size-checks.ts';

const stateChecks: readonly Check[] = [
  {
    code: 'EXPOSURE_STALE',
    check: ({ facts }) => (facts.exposureComplete ? undefined : 'waiting for rows of execution'),
  },
  {
    code: 'KILLED',
    check: ({ restrictions: [worst] }) =>
      worst?.mode === 'halted' && worst.level === 'tripped' ? `${worst.name}: ${worst.why}` : undefined,
  },
  {
    code: 'HALTED',
    check: ({ restrictions: [worst] }) =>
      worst?.mode === 'halted' ? `${worst.name}: ${worst.why}` : undefined,
  },
];

/** In this order; the first that finds something denies. Each may rely on those before it. */
export const checkTable: readonly Check[] = [
  ...stateChecks,
  ...formChecks,
  ...marketChecks,
  ...sizeChecks,
  ...exposureChecks,
];

export function firstDenial(view: OrderView): Denial | undefined {
  for (const { code, check } of checkTable) {
    const detail = check(view);
    if (detail !== undefined) return { code, detail };
  }
  return undefined;
}
