import { Bar, CorporateAction, type History } from '../../protos/gen/market.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { InstanceInput } from './instance.ts';
import { closeTime } from './preparation.ts';

/** What an input was made of, for its bytes. */
export interface Source {
  payload(): Uint8Array;
}

export interface WarmUpInput {
  readonly input: Extract<InstanceInput, { kind: 'bar' | 'action' }>;
  readonly source: Source;
}

/** History as it would have come live: what splits shares comes before the first bar of new ones. */
export function warmUpInputs({ bars, actions }: History): readonly WarmUpInput[] {
  const inputs: WarmUpInput[] = [
    ...actions.map(({ action, time }): WarmUpInput => {
      const id = brandOf.eventId(`history.${action.instrument}.${action.action.case}.${time}`);
      return {
        input: { kind: 'action', id, time, action, warmUp: true },
        source: { payload: () => CorporateAction.encode(action) },
      };
    }),
    ...bars.map((bar): WarmUpInput => {
      const id = brandOf.eventId(`history.${bar.instrument}.${bar.openTime}`);
      return {
        input: { kind: 'bar', id, time: closeTime(bar), bar, warmUp: true },
        source: { payload: () => Bar.encode(bar) },
      };
    }),
  ];
  // Of one time, an action stays before a bar.
  return inputs.sort((one, other) => one.input.time - other.input.time);
}
