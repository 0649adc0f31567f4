import type { Asked } from '../../../infra/process/asked.ts';
import { badOption } from '../../../infra/process/user-error.ts';

/** As a profile writes it. */
export interface Approval {
  readonly kind: 'always' | 'never' | 'above';
  readonly notional?: string;
}

export function approvalOf(asked: Asked): Approval {
  const text = asked.text('approval') ?? 'always';
  if (text === 'always' || text === 'never') return { kind: text };
  const notional = /^above=(\d{1,9}(?:\.\d{1,9})?)$/.exec(text)?.[1];
  if (notional === undefined) throw badOption('approval', 'always, never, or above=5000.00', text);
  return { kind: 'above', notional };
}

export function approvalText({ kind, notional }: Approval): string {
  if (kind === 'above') return `orders above ${notional} wait for one`;
  return kind === 'always' ? 'every order waits for one' : 'no order waits for one';
}
