import type { ResetRequested, SwitchTripped } from '../../protos/gen/risk.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';

const nothing = new Uint8Array(0);

export function aSwitch(
  overrides: Partial<Omit<SwitchDefinition, 'name' | 'graceUs' | 'coolDownUs'>> & {
    readonly name?: string;
    readonly graceUs?: number;
    readonly coolDownUs?: number;
  },
): SwitchDefinition {
  return {
    scope: { kind: 'all', id: '' },
    enabled: true,
    action: 'stop',
    onGraceExpired: 'stay',
    ...overrides,
    name: brandOf.switchName(overrides.name ?? 'maxDrawdown'),
    graceUs: brandOf.durationUs(overrides.graceUs ?? 0),
    coolDownUs: brandOf.durationUs(overrides.coolDownUs ?? 500),
  };
}

export function aTrip(overrides: { readonly marketTime?: number; readonly value?: number }): SwitchTripped {
  return {
    source: 'test',
    reason: 'because',
    value: overrides.value,
    marketTime: brandOf.timestampUs(overrides.marketTime ?? 1000),
    payload: nothing,
  };
}

export function aReset(overrides: {
  readonly marketTime: number;
  readonly rebase?: boolean;
}): ResetRequested {
  return {
    requestedBy: 'operator',
    rebase: overrides.rebase ?? false,
    evidence: nothing,
    marketTime: brandOf.timestampUs(overrides.marketTime),
    executionSequence: brandOf.sequence(0),
  };
}
