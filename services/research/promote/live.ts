import { withChanges } from '../../../infra/config/derived-profile.ts';
import { type LoadedProfile, loadProfile, readProfile } from '../../../infra/config/load-profile.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { PromotionStore } from '../../../infra/run-store/promotion-store.ts';
import { termsOf } from '../../../infra/strategy/promoted-profile.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import { dayOf } from '../report/wording.ts';
import { type Approval, approvalOf } from './approval.ts';
import { judgePaper } from './paper-gate.ts';
import { figuresOf, type PaperTrading, proofOf, readPaper } from './paper-trading.ts';
import { type Promotable, requireUnchanged } from './promotable.ts';
import { liveLines, noAdapter, refusedLines } from './promote-text.ts';
import { type Judged, promotionOf, refusalOf, reviewedOf, type Workplace, write } from './promotion.ts';

/** A profile for real money of what has proven itself on paper. Throws a UserError. */
export async function promoteToLive(promotable: Promotable, workplace: Workplace): Promise<ExitCode> {
  const { asked, program, dataFolder } = workplace;
  const approval = approvalOf(asked);
  const promoted = promotedProfile(promotable, dataFolder);
  requireUnchanged(promotable, dataFolder);
  const paper = await readPaper(promotable, promoted, workplace);
  if (paper === undefined) {
    program.say('interrupted: nothing was written.\n');
    return exitCodes.interrupted;
  }
  const judged = judgePaper(paper.facts);
  const refusal = refusalOf(judged, asked);
  if (refusal !== undefined) return refuse(promotable, { paper, judged, refusal }, workplace);
  return writeLive(promotable, { promoted, paper, judged, approval }, workplace);
}

/** As `promote --to paper` wrote it, to the byte. Throws a UserError. */
function promotedProfile(run: Promotable, dataFolder: string): LoadedProfile {
  const remedy = `"npx --no interlock promote ${run.id} --to paper" writes it`;
  const known = new PromotionStore(dataFolder, run).known('paper');
  if (known === undefined) {
    throw new UserError(
      exitCodes.usage,
      `${run.id} has no profile for paper yet, and nothing goes live that has not traded on paper: ${remedy}.`,
    );
  }
  const { profile, state } = known;
  switch (state) {
    case 'unchanged':
      return loadProfile(profile);
    case 'gone':
      throw new UserError(exitCodes.unavailable, `${profile} is not there any more: ${remedy} again.`);
    case 'edited':
      throw new UserError(
        exitCodes.failedCheck,
        `${profile} was edited since it was promoted, so that what traded on paper need not be what was validated: put it back as it was, or move it away, ${remedy} again, and trade that on paper.`,
      );
    default:
      return assertNever(state);
  }
}

function refuse(
  promotable: Promotable,
  {
    paper,
    judged,
    refusal,
  }: { readonly paper: PaperTrading; readonly judged: Judged; readonly refusal: string },
  { asked, program }: Workplace,
): ExitCode {
  const { id } = promotable;
  if (asked.isSet('json')) {
    const said = {
      to: 'live',
      run: id,
      ...judged,
      refusal,
      paper: proofOf(paper),
      figures: figuresOf(paper),
    };
    program.tell(JSON.stringify(said));
  } else for (const line of refusedLines(promotable, paper, judged)) program.tell(line);
  program.say(`interlock: ${id} stays on paper: ${refusal}\n`);
  return exitCodes.failedCheck;
}

function writeLive(
  promotable: Promotable,
  {
    promoted,
    paper,
    judged,
    approval,
  }: {
    readonly promoted: LoadedProfile;
    readonly paper: PaperTrading;
    readonly judged: Judged;
    readonly approval: Approval;
  },
  workplace: Workplace,
): ExitCode {
  const { asked, program } = workplace;
  const { id } = promotable;
  const reviewed = reviewedOf(asked);
  const promotion = promotionOf(promotable, { decision: judged.decision, asked, to: 'live' });
  const document = liveDocument(promoted, { approval, promotion: { ...promotion, paper: proofOf(paper) } });
  const remarks = [
    `Written by "interlock promote": what was validated in the run ${id}, and traded on paper`,
    `from ${dayOf(paper.run.from)} to ${dayOf(paper.run.to)}, for real money.`,
    ...noAdapter,
  ];
  const record = {
    ...{ ...judged, reviewed, approval },
    ...{ paper: proofOf(paper), figures: figuresOf(paper) },
  };
  const written = write(promotable, { to: 'live', document, remarks, record }, workplace);
  if (asked.isSet('json')) {
    program.tell(JSON.stringify({ to: 'live', run: id, ...record, ...written, startable: false }));
  } else {
    const told = { judged, reviewed, approval, written };
    for (const line of liveLines(promotable, paper, told)) program.tell(line);
  }
  return exitCodes.success;
}

/** Throws a UserError where it would not be read. */
export function liveDocument(
  { document: promoted, name }: Pick<LoadedProfile, 'document' | 'name'>,
  {
    approval,
    promotion,
  }: { readonly approval: Approval; readonly promotion: Readonly<Record<string, unknown>> },
): unknown {
  const approved = withChanges(promoted, [
    [['environment'], 'live'],
    [['approval', 'live'], approval],
  ]);
  const document = withChanges(approved, [[['promotion'], { ...promotion, terms: termsOf(approved) }]]);
  // Nothing starts a live profile yet, and so nothing reads its environment; the rest has to be sound all the same.
  readProfile(withChanges(document, [[['environment'], 'paper']]), {
    name,
    file: `the live profile of ${name}`,
  });
  return document;
}
