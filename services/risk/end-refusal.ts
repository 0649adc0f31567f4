import type { ResetRequested } from '../../protos/gen/risk.ts';
import { assertNever } from '../kernel/assert-never.ts';
import { resetRefusal } from '../kernel/kill-switch/kill-switch-machine.ts';
import { figureOf, type SwitchEntry } from './switch-entry.ts';

/** Why a signed reset or resume comes too early, or comes to nothing. The reason has the figures, for a person. */
export interface EndRefusal {
  readonly code: 'NOT_TRIPPED' | 'COOL_DOWN' | 'CONDITION_STANDS' | 'NOT_REBASABLE' | 'NOT_PAUSED';
  readonly reason: string;
}

export function resetRefusalOf(entry: SwitchEntry, request: ResetRequested): EndRefusal | undefined {
  const { context, definition, name } = entry.killSwitch;
  const code = resetRefusal(context, request);
  switch (code) {
    case undefined:
      return undefined;
    case 'NOT_TRIPPED':
      return { code, reason: `${name} is not tripped` };
    case 'COOL_DOWN': {
      const passedUs = request.marketTime - (context.trippedTime ?? request.marketTime);
      if (request.marketTime === 0)
        return { code, reason: "the market's time is not known yet, so its cool-down is not over" };
      const leftSeconds = Math.ceil((definition.coolDownUs - passedUs) / 1_000_000);
      return { code, reason: `${leftSeconds} s of market time left of its cool-down` };
    }
    case 'CONDITION_STANDS': {
      const { input, standing } = context;
      const measured = standing === 'value' && input === 'known' ? entry.measured : undefined;
      return { code, reason: measured === undefined ? entry.why : figureOf(measured) };
    }
    default:
      return assertNever(code);
  }
}

export function resumeRefusalOf({ killSwitch }: SwitchEntry): EndRefusal | undefined {
  const { name, state, latched } = killSwitch;
  if (state === 'tripped.paused') return undefined;
  return {
    code: 'NOT_PAUSED',
    reason: latched ? `${name} stops: it takes a reset` : `${name} is not tripped`,
  };
}
