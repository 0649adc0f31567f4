import { parseRatio } from '../../../infra/config/units.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { playBacktest } from '../backtest/command.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore, type KeptRun, keepLookahead, keepRun } from '../report/kept-run.ts';
import { dayOf } from '../report/wording.ts';
import { type GateFacts, judge, type RiskLimits, usualLimits } from './gate.ts';
import { runFacts } from './run-facts.ts';
import { validateText } from './validate-text.ts';
import { type Play, type Validation, validate } from './validation.ts';

const options: WordOptions = {
  ...{ feed: 'text', data: 'text', symbols: 'text', resolution: 'text', interval: 'text' },
  ...{ from: 'text', to: 'text', parameters: 'text', cash: 'text', commission: 'text', slippage: 'text' },
  ...{
    impact: 'text',
    profile: 'text',
    seed: 'text',
    columns: 'text',
    timezone: 'text',
    actions: 'text',
    limits: 'text',
  },
  ...{ 'data-folder': 'text', json: 'flag' },
};

/** What trading costs unless it is said: nobody trades for nothing. */
const usualCosts = { commission: '0.2%', slippage: '0.02%', impact: '0.3%' };

/** `interlock validate`: puts a strategy through costs, sizes and regimes, and judges it by fixed rules. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked: typed, operands } = readWords(program.words, options);
  const [strategy, ...others] = operands;
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one strategy at once, found ${others.join(', ')} besides.`);
  }
  const limits = limitsOf(typed);
  const costs = Object.fromEntries(
    Object.entries(usualCosts).filter(([name]) => typed.text(name) === undefined),
  );
  const asked = typed.with({ strategy, ...costs });
  checkStore(dataFolderOf(asked));
  const validation = await validate(asked, { play: playOn(program), stopwatch: () => program.monotonicUs() });
  if (validation === undefined) {
    program.say('interrupted: nothing was judged, and nothing is kept.\n');
    return exitCodes.interrupted;
  }
  const said = program.words.filter(
    (word) => !/^--(json|limits=.*)?$/.test(word) && !operands.includes(word),
  );
  const usual = Object.entries(costs).map(([name, value]) => `--${name}=${value}`);
  const dataFolder = dataFolderOf(asked);
  const { base, ...found } = validation;
  const counted = keepRun(base, {
    dataFolder,
    arguments: [...operands, ...said, ...usual, '--pessimism=0'],
  });
  const kept = keepLookahead(counted, { dataFolder, found: { signalsChanged: found.signalsChanged } });
  const facts: GateFacts = { ...found, limits, run: runFacts(base, kept.facts.honesty.deflatedSharpe) };
  const judged = judge(facts);
  const document = { ...judged, run: kept.facts.run.id, facts, capacity: found.capacity, costs: found.costs };
  const path = new RunStore(dataFolder).attach(
    kept.folder,
    'validation.json',
    `${JSON.stringify(document, undefined, 2)}\n`,
  );
  if (asked.isSet('json')) program.tell(JSON.stringify({ ...document, kept: path, report: kept.reportPath }));
  else
    for (const line of [...titleOf(base), ...validateText(validation, judged), ...tailOf(path, kept)])
      program.tell(line);
  return judged.decision === 'rejected' ? exitCodes.failedCheck : exitCodes.success;
}

function titleOf({ strategies, instruments, from, to }: Validation['base']): readonly string[] {
  return [`${strategies.join(', ')} on ${instruments.join(', ')}, ${dayOf(from)} to ${dayOf(to)}`, ''];
}

function tailOf(path: string, { reportPath }: KeptRun): readonly string[] {
  return ['', `  kept    ${path}`, `  report  ${reportPath}`];
}

/** Each run is shown by what it tries; Ctrl+C ends the one that plays, and all that would follow. */
function playOn(program: Program): Play {
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  return async (what, backtest) => {
    if (program.isTerminal) program.say(`${what}\n`);
    const { result } = await playBacktest(backtest, program, () => isInterrupted);
    return result.ended === 'complete' && !isInterrupted ? result : undefined;
  };
}

/** `positionRatioMax=60%,positionsMax=5`: what differs from the usual limits. */
function limitsOf(asked: Asked): RiskLimits {
  const text = asked.text('limits');
  if (text === undefined) return usualLimits;
  const names = Object.keys(usualLimits);
  const limits: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=');
    const isCount = name === 'positionsMax';
    const ratio = parseRatio(value);
    const number =
      isCount && /^\d+$/.test(value) ? Number(value) : ratio === undefined ? Number.NaN : Number(ratio) / 1e9;
    if (!names.includes(name) || Number.isNaN(number) || (!isCount && ratio === undefined)) {
      throw badOption('limits', `limits of ${names.join(', ')} such as positionRatioMax=60%`, part);
    }
    limits[name] = number;
  }
  return { ...usualLimits, ...limits };
}
