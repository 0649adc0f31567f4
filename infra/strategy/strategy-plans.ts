import type { Profile } from '../config/profile.ts';
import { checkParameters, loadStrategyModule } from './load-strategy-module.ts';

/**
 * The strategies of a profile, their modules loaded and their parameters checked; `anew` where nothing may be left of
 * what a module did before. Throws a UserError.
 */
export function loadStrategyPlans(
  strategies: Profile['strategies'],
  { anew = false }: { readonly anew?: boolean } = {},
) {
  return Promise.all(
    strategies.map(async ({ id, module: name, instruments, interval, orderLife, parameters: given }) => {
      const module = await loadStrategyModule(name, { anew });
      const parameters = checkParameters(id, module, given);
      return {
        id,
        instruments,
        interval,
        intentLifeUs: orderLife,
        historyBars: module.history?.(parameters) ?? 0,
        create: (context: unknown) => module.create(context, parameters),
      };
    }),
  );
}
