import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { createKillSwitch, type KillSwitch, restoreKillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import type { SwitchDefinition } from '../kernel/kill-switch/switch-definition.ts';
import { modeOfSwitch, type TradingCondition } from '../kernel/trading-state/trading-state.ts';

/** A switch on the board: its machine, and what is known of it besides. */
export interface SwitchEntry {
  readonly killSwitch: KillSwitch;
  /** Monotonic time since which the input is lost; undefined while it is not, or once its grace is over. */
  lostSinceUs: number | undefined;
  why: string;
  /** What its input said last. */
  about: string;
  /** The newest value that has a threshold. */
  measured: Measured | undefined;
  /** What was in force before an end that is not on disk yet: until it is, nobody may act on it. */
  ending: TradingCondition | undefined;
  /** Execution's row up to which its trips are undone by the last end. */
  endedUpTo: Sequence;
}

interface Measured {
  readonly about: string;
  readonly value: number;
  readonly threshold: number;
}

export const noRow = brandOf.sequence(0);

/** As its own among `rows`, all of risk's, have left it. */
export function switchEntry(definition: SwitchDefinition, rows: readonly KillSwitchEvent[]): SwitchEntry {
  const own = rows.filter(({ name }) => name === definition.name);
  return {
    killSwitch: own.length === 0 ? createKillSwitch(definition) : restoreKillSwitch(definition, own),
    lostSinceUs: undefined,
    why: lastReason(own),
    about: 'not known yet',
    measured: undefined,
    ending: undefined,
    endedUpTo: lastEnd(own),
  };
}

/** Takes something away of trading. */
export function restricts({ level }: KillSwitch): boolean {
  return level !== 'armed' && level !== 'disabled';
}

export function conditionOf({ killSwitch, why }: SwitchEntry): TradingCondition {
  return {
    name: killSwitch.name,
    scope: killSwitch.demand.scope,
    mode: modeOfSwitch(killSwitch.level, killSwitch.demand.action),
    level: killSwitch.level,
    why,
  };
}

export function figureOf({ about, value, threshold }: Measured): string {
  return `${about} ${shown(value)} ${value >= threshold ? '>=' : '<'} ${shown(threshold)}`;
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** Why a latched switch was tripped, from its own history. */
function lastReason(rows: readonly KillSwitchEvent[]): string {
  const trip = rows.findLast(({ body }) => body.case === 'tripped')?.body;
  return trip?.case === 'tripped' ? `${trip.value.reason} (${trip.value.source})` : 'not known yet';
}

/** Execution's row that the last reset or resume reached up to. */
export function lastEnd(rows: readonly KillSwitchEvent[]): Sequence {
  for (const { body, ignored } of rows.toReversed()) {
    const isEnd = body.case === 'resetRequested' || body.case === 'resumeRequested';
    if (isEnd && !ignored) return body.value.executionSequence;
  }
  return noRow;
}
