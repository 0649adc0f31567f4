import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore } from '../report/kept-run.ts';
import { promoteToLive } from './live.ts';
import { promoteToPaper } from './paper.ts';
import { checkDays } from './paper-feed.ts';
import { readPromotable } from './promotable.ts';
import { reviewedOf } from './promotion.ts';

const options: WordOptions = {
  ...{ to: 'text', 'profile-out': 'text', reviewed: 'text', 'data-folder': 'text', json: 'flag' },
  ...{ feed: 'text', data: 'text', resolution: 'text', since: 'text', until: 'text', speed: 'text' },
  ...{ interval: 'text', columns: 'text', timezone: 'text', actions: 'text', seed: 'text' },
  ...{ paper: 'text', approval: 'text' },
};

/** What says something of live trading alone. */
const liveWords = ['paper', 'approval'] as const;

/**
 * `interlock promote <run> --to paper|live`: carries on what was validated, as a profile to start. It deploys nothing: it
 * judges, writes a file, and keeps a record of it beside the run.
 */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, options);
  const [name, ...others] = operands;
  if (name === undefined || others.length > 0) {
    throw new UserError(exitCodes.usage, 'name one run that was validated: "report list" shows them.');
  }
  const to = asked.text('to');
  if (to !== 'paper' && to !== 'live') throw badOption('to', 'paper or live', to ?? '');
  const misplaced = to === 'paper' ? liveWords.find((word) => asked.text(word) !== undefined) : undefined;
  if (misplaced !== undefined) throw new UserError(exitCodes.usage, `--${misplaced} is for --to live.`);
  checkDays(asked);
  reviewedOf(asked);
  const dataFolder = dataFolderOf(asked);
  const promotable = readPromotable(name, dataFolder);
  checkStore(dataFolder);
  const promote = to === 'paper' ? promoteToPaper : promoteToLive;
  return promote(promotable, { asked, program, dataFolder });
}
