import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { createKillSwitch, restoreKillSwitch } from '../../services/kernel/kill-switch/kill-switch.ts';
import type { KillSwitchBody } from '../../services/kernel/kill-switch/kill-switch-table.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import { aReset, aSwitch, aTrip } from '../machines/kill-switch-samples.ts';

const time = fc.integer({ min: 0, max: 3000 });
const bodies: fc.Arbitrary<KillSwitchBody> = fc.oneof(
  fc.constant<KillSwitchBody>({ case: 'inputKnown', value: {} }),
  fc.constant<KillSwitchBody>({ case: 'inputLost', value: { input: 'feed' } }),
  time.map(
    (at): KillSwitchBody => ({ case: 'graceExpired', value: { marketTime: brandOf.timestampUs(at) } }),
  ),
  time.map((marketTime): KillSwitchBody => ({ case: 'tripped', value: aTrip({ marketTime, value: 0.2 }) })),
  time.map((marketTime): KillSwitchBody => ({ case: 'tripped', value: aTrip({ marketTime }) })),
  fc.constant<KillSwitchBody>({ case: 'conditionCleared', value: {} }),
  fc
    .record({ marketTime: time, rebase: fc.boolean() })
    .map((reset): KillSwitchBody => ({ case: 'resetRequested', value: aReset(reset) })),
  fc.constant<KillSwitchBody>({ case: 'resetRefused', value: { code: 'NOT_TRIPPED', reason: '' } }),
  fc.constant<KillSwitchBody>({
    case: 'resumeRequested',
    value: {
      requestedBy: 'operator',
      evidence: new Uint8Array(0),
      executionSequence: brandOf.sequence(0),
    },
  }),
  fc.constant<KillSwitchBody>({
    case: 'cancelsConfirmed',
    value: { canceled: 1, filled: 0, elapsed: brandOf.durationUs(5) },
  }),
  fc.constant<KillSwitchBody>({ case: 'cancelsEscalated', value: { orders: [], reason: 'silence' } }),
);
const definitions: fc.Arbitrary<SwitchDefinition> = fc
  .record({
    enabled: fc.boolean(),
    action: fc.constantFrom('pause', 'stop', 'liquidate'),
    onGraceExpired: fc.constantFrom('stay', 'trip'),
    coolDownUs: fc.constantFrom(0, 500),
  })
  .map(aSwitch);
const demands = fc.record({
  scope: fc.constantFrom(
    { kind: 'all', id: '' } as const,
    { kind: 'strategy', id: 'a' } as const,
    { kind: 'venue', id: 'paper' } as const,
  ),
  action: fc.constantFrom('pause', 'stop'),
});
const histories = fc.array(fc.tuple(bodies, demands), { maxLength: 30 });

describe('a kill switch after any history', () => {
  it('accepts a trip and is latched by it', () => {
    fc.assert(
      fc.property(definitions, histories, demands, (definition, history, demand) => {
        const killSwitch = createKillSwitch(definition);
        for (const [body, asked] of history) killSwitch.apply(body, asked);
        const row = killSwitch.apply({ case: 'tripped', value: aTrip({}) }, demand);
        expect(row.ignored).toBe(false);
        expect(row.level).toBe('tripped');
        expect(killSwitch.latched).toBe(true);
      }),
    );
  });

  it('leaves tripped only by a reset, or by resuming a pause', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        const killSwitch = createKillSwitch(definition);
        for (const [body, asked] of history) {
          const before = { latched: killSwitch.latched, action: killSwitch.demand.action };
          killSwitch.apply(body, asked);
          if (!before.latched || killSwitch.latched) continue;
          expect(
            body.case === 'resetRequested' || (body.case === 'resumeRequested' && before.action === 'pause'),
          ).toBe(true);
        }
      }),
    );
  });

  it('is rebuilt from its rows as they came from the journal', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        const killSwitch = createKillSwitch(definition);
        const rows = history.map(([body, asked]) => killSwitch.apply(body, asked));
        const read = rows.map((row) => KillSwitchEvent.decode(KillSwitchEvent.encode(row)));
        expect(read).toEqual(rows);
        const restored = restoreKillSwitch(definition, read);
        expect(restored.latched).toBe(killSwitch.latched);
        if (killSwitch.latched) {
          expect(restored.state).toBe(killSwitch.state);
          expect(restored.demand).toEqual(killSwitch.demand);
        } else {
          expect(restored.level).toBe(definition.enabled ? 'notReady' : 'disabled');
        }
      }),
    );
  });

  it('is what its rows say whatever the profile says by now: no edit ends a trip, weakens it, or brings one back', () => {
    fc.assert(
      fc.property(definitions, definitions, histories, (definition, edited, history) => {
        const killSwitch = createKillSwitch(definition);
        const rows = history.map(([body, asked]) => killSwitch.apply(body, asked));
        const restored = restoreKillSwitch(edited, rows);
        expect(restored.latched).toBe(killSwitch.latched);
        if (!killSwitch.latched) return;
        expect(restored.state).toBe(killSwitch.state);
        expect(restored.demand).toEqual(killSwitch.demand);
        expect(restored.context.trippedTime).toBe(killSwitch.context.trippedTime);
        expect(restored.context.standing).toBe(killSwitch.context.standing);
      }),
    );
  });
});
