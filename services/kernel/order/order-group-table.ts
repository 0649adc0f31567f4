import type { GroupKind, KillAction } from '../../../protos/gen/order.ts';
import type { GroupAction } from './order-group.ts';

export interface GroupRule {
  readonly kinds: readonly GroupKind[];
  readonly when: string;
  readonly does: string;
  /** What it asks of a member. */
  readonly wants: GroupAction['kind'] | 'nothing';
  readonly why: string;
}

/** What a group does; order-group.ts is written and tested against it, docs/generated/order-groups.md is made from it. */
export const groupRules = {
  childrenWait: {
    kinds: ['bracket', 'oto'],
    when: 'nothing of the parent is filled',
    does: 'children stay contingent',
    wants: 'nothing',
    why: 'an exit without a position would open one',
  },
  fillsReleaseChildren: {
    kinds: ['bracket', 'oto'],
    when: 'the parent has fills and the child is in its instrument',
    does: "the child is released with the parent's filled quantity, at most what risk allowed",
    wants: 'release',
    why: 'what is bought is protected at once, and nothing more is sold',
  },
  wholeReleasesOthers: {
    kinds: ['oto'],
    when: 'the parent has ended with fills and the child is in another instrument',
    does: 'the child is released with its own quantity',
    wants: 'release',
    why: 'quantities of two instruments do not compare',
  },
  fillsResizeChildren: {
    kinds: ['bracket', 'oto'],
    when: 'the parent fills more, or a fill is busted',
    does: 'a released child gets the new quantity; a live one is resized',
    wants: 'resize',
    why: 'the exit follows the position',
  },
  parentEndsUnfilled: {
    kinds: ['bracket', 'oto'],
    when: 'the parent ends without a fill',
    does: 'children are closed',
    wants: 'close',
    why: 'there is nothing to exit',
  },
  exitStopsEntry: {
    kinds: ['bracket'],
    when: 'a leg fills while the parent is open',
    does: 'the rest of the parent is canceled',
    wants: 'close',
    why: 'the exit has begun, so more entry would stand unprotected',
  },
  partialLegResizesOther: {
    kinds: ['bracket', 'oco'],
    when: 'a leg is filled in part',
    does: 'the other leg is resized to what is left',
    wants: 'resize',
    why: 'together they never fill more than was asked',
  },
  filledLegClosesOther: {
    kinds: ['bracket', 'oco'],
    when: 'nothing is left for the other leg',
    does: 'the other leg is closed',
    wants: 'close',
    why: 'one cancels the other',
  },
  lostLegClosesOco: {
    kinds: ['oco'],
    when: 'a leg ends otherwise: canceled, expired, rejected, denied, lapsed',
    does: 'the other leg is closed',
    wants: 'close',
    why: 'half of the pair is not what was asked',
  },
  lostLegKeepsBracket: {
    kinds: ['bracket'],
    when: 'a leg ends otherwise',
    does: 'the other leg stays; without a stop loss a person is told',
    wants: 'nothing',
    why: 'it is what still protects the position',
  },
  otoChildrenAreAlone: {
    kinds: ['oto'],
    when: 'a child fills or ends',
    does: 'the other children stay as they are',
    wants: 'nothing',
    why: 'they were triggered together and belong to nobody else',
  },
} as const satisfies Record<string, GroupRule>;
export type GroupRuleName = keyof typeof groupRules;

/** What becomes of a leg that protects a position when a kill switch trips. */
export const orphanPolicy: Readonly<
  Record<KillAction, { readonly leg: string; readonly position: string; readonly why: string }>
> = {
  pause: {
    leg: 'stays: it only reduces, so the pause spares it',
    position: 'protected as before',
    why: 'a pause forbids new exposure, not the end of old',
  },
  stop: {
    leg: 'canceled and confirmed like any order',
    position: 'kept, unprotected; a person is told',
    why: 'after a stop nothing may trade by itself, a stop loss included; the person exits',
  },
  liquidate: {
    leg: 'canceled and confirmed before the exit is sent',
    position: 'closed by the exit',
    why: 'a leg that still works could fill beside the exit and turn the position',
  },
};
