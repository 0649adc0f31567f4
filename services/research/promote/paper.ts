import { withChanges } from '../../../infra/config/derived-profile.ts';
import { readProfile } from '../../../infra/config/load-profile.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { termsOf } from '../../../infra/strategy/promoted-profile.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { playBacktest } from '../backtest/command.ts';
import { openFeed, prepareBacktest } from '../backtest/prepare-backtest.ts';
import { type Comparison, compareSides } from '../compare/comparison.ts';
import { comparisonLines } from '../compare/comparison-text.ts';
import { counted, shellWords, whole } from '../report/wording.ts';
import { paperFeed } from './paper-feed.ts';
import { sessionsMin, tradesMin } from './paper-gate.ts';
import { paperDocument } from './paper-profile.ts';
import { sideOf } from './paper-trading.ts';
import { type Promotable, requireUnchanged } from './promotable.ts';
import { judgedLines, limitLines, sourceLines, titleOf } from './promote-text.ts';
import { promotionOf, refusalOf, type Workplace, write } from './promotion.ts';

/** Of what is replayed under the limits of the profile. */
interface Replayed {
  readonly result: BacktestResult;
  readonly found: Comparison;
}

/**
 * A profile for paper money of what the gate let through. The run is played once more under the profile's limits, which
 * are at least as narrow as those it was made with: every order must come out as it did. Throws a UserError.
 */
export async function promoteToPaper(promotable: Promotable, workplace: Workplace): Promise<ExitCode> {
  const { asked, program, dataFolder } = workplace;
  const { id, judged, facts } = promotable;
  const refusal = refusalOf(judged, asked);
  if (refusal !== undefined)
    throw new UserError(exitCodes.failedCheck, `${id} stays where it is: ${refusal}`);
  requireUnchanged(promotable, dataFolder);
  const validated = paperDocument(promotable);
  const feed = paperFeed(asked, promotable, dataFolder);
  const promotion = promotionOf(promotable, { decision: judged.decision, asked, to: 'paper' });
  const document = withChanges(validated, [
    [['feed'], feed],
    [['promotion'], { ...promotion, terms: termsOf(validated) }],
  ]);
  const { profile } = readProfile(document, { name: id, file: `the profile of ${id}` });
  // What cannot be read is found out now, and not by whoever starts it.
  openFeed({ profile }, dataFolder).close();
  const replayed = await replay(promotable, validated, workplace);
  if (replayed === undefined) {
    program.say('interrupted: nothing was written.\n');
    return exitCodes.interrupted;
  }
  requireSame(promotable, replayed, workplace);
  const { compared: orders, same } = replayed.found;
  const { reviewed } = promotion;
  const record = { ...judged, reviewed, limits: facts.limits, replayed: { orders, same }, feed };
  const remarks = [
    `Written by "interlock promote": what was validated in the run ${id}, for paper money.`,
    'As it stands it may be promoted further. Changed by hand it is a profile of your own: take out the section',
    '"promotion" then, which says what it came from, and that nothing else may run.',
  ];
  const written = write(promotable, { to: 'paper', document, remarks, record }, workplace);
  if (asked.isSet('json')) {
    program.tell(JSON.stringify({ to: 'paper', run: id, ...record, ...written }));
    return exitCodes.success;
  }
  const lines = [
    `${titleOf(promotable)}: to paper`,
    '',
    ...judgedLines(judged, reviewed),
    ...sourceLines(promotable),
    ...limitLines(profile),
    `  replayed       ${counted(orders, 'order')} under these limits, each as it was validated`,
    '',
    `  profile  ${written.profile}`,
    `  kept     ${written.kept}`,
    `  next     npx --no interlock up --profile ${shellWords([written.profile])}`,
    `           and after ${sessionsMin} sessions and ${tradesMin} trades: npx --no interlock promote ${id} --to live`,
  ];
  for (const line of lines) program.tell(line);
  return exitCodes.success;
}

async function replay(
  { id, result, loaded }: Promotable,
  document: unknown,
  { program, dataFolder }: Workplace,
): Promise<Replayed | undefined> {
  const again = readProfile(document, { name: id, file: `the profile of ${id}` });
  if (program.isTerminal) program.say(`playing ${loaded.name} under the limits of paper\n`);
  const stopwatch = (): number => program.monotonicUs();
  const played = await playBacktest(await prepareBacktest(again, { dataFolder, stopwatch }), program);
  if (played.result.ended !== 'complete') return undefined;
  return { result: played.result, found: compareSides(sideOf(result, id), sideOf(played.result, 'paper')) };
}

function requireSame({ id }: Promotable, { result, found }: Replayed, { asked, program }: Workplace): void {
  if (found.differences.length === 0) return;
  const denials = Object.entries(result.denials).map(([code, count]) => `${code} ${whole(count)}`);
  const why = denials.length === 0 ? '' : ` (denied: ${denials.join(', ')})`;
  const refusal = `under the limits of the profile, those of the gate among them, ${whole(found.differences.length)} of ${counted(found.compared, 'order')} come out otherwise${why}`;
  const names = { first: `run ${id}`, second: 'the same under the limits of paper' };
  if (asked.isSet('json'))
    program.tell(JSON.stringify({ to: 'paper', run: id, refusal, ...names, ...found }));
  else for (const line of comparisonLines(found, names)) program.tell(line);
  throw new UserError(
    exitCodes.failedCheck,
    `${id} is not what would trade: ${refusal}. Validate it with wider --limits, or with a --profile that has these.`,
  );
}
