import { profileText } from '../../../infra/config/derived-profile.ts';
import { limitsVersionOf } from '../../../infra/config/load-profile.ts';
import type { Promotion } from '../../../infra/config/promotion.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import type { Program } from '../../../infra/process/program.ts';
import { badOption } from '../../../infra/process/user-error.ts';
import { PromotionStore, type WrittenPromotion } from '../../../infra/run-store/promotion-store.ts';
import type { Check, Decision } from '../validate/gate.ts';
import type { Promotable } from './promotable.ts';

/** What every promotion works with. */
export interface Workplace {
  readonly asked: Asked;
  readonly program: Program;
  readonly dataFolder: string;
}

export interface Judged {
  readonly decision: Decision;
  readonly alerts: readonly string[];
  readonly checks: readonly Check[];
}

/** Undefined: it may go on. Else a sentence that says why not. */
export function refusalOf({ decision, alerts, checks }: Judged, asked: Asked): string | undefined {
  const found = (outcome: Check['outcome']): string =>
    checks
      .filter((check) => check.outcome === outcome)
      .flatMap(({ findings }) => findings)
      .join('; ');
  if (decision === 'rejected') return `the gate rejects it: ${found('failed')}.`;
  if (decision === 'approved' || reviewedOf(asked) !== undefined) return undefined;
  const why = [found('unknown'), ...alerts].filter((each) => each !== '').join('; ');
  return `somebody has to look at it first: ${why}. Who has looked says so with --reviewed "what was found".`;
}

/** What somebody found who has looked; undefined: nobody said so. Throws a UserError where nothing was found. */
export function reviewedOf(asked: Asked): string | undefined {
  const text = asked.text('reviewed');
  if (text !== undefined && text.trim() === '') throw badOption('reviewed', 'what was found', text);
  return text;
}

/** The section that says in a profile where it comes from. */
export function promotionOf(
  { id, result, sources }: Promotable,
  {
    decision,
    asked,
    to,
  }: { readonly decision: Decision; readonly asked: Asked; readonly to: Promotion['to'] },
): Omit<Promotion, 'decision' | 'terms'> & { readonly decision: Decision } {
  const { dataFingerprint, buildHash } = result.inputs;
  const reviewed = reviewedOf(asked);
  return {
    ...{ to, run: id, stateHash: result.stateHash, dataFingerprint, buildHash, sources, decision },
    ...(reviewed === undefined ? {} : { reviewed }),
  };
}

export interface Written extends WrittenPromotion {
  readonly limitsVersion: string;
}

/** Writes the profile and the record of it; the same promotion again writes the same bytes. Throws a UserError. */
export function write(
  run: Promotable,
  {
    to,
    document,
    remarks,
    record,
  }: {
    readonly to: Promotion['to'];
    readonly document: unknown;
    readonly remarks: readonly string[];
    readonly record: Readonly<Record<string, unknown>>;
  },
  { asked, dataFolder }: Workplace,
): Written {
  const limitsVersion = limitsVersionOf(document);
  const written = new PromotionStore(dataFolder, run).write(to, {
    text: profileText(document, remarks),
    record: { limitsVersion, ...record },
    place: asked.text('profileOut'),
  });
  return { ...written, limitsVersion };
}
