import { parseRatio } from '../../../infra/config/units.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { keepValidation } from '../../../infra/run-store/validation-document.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { playBacktest } from '../backtest/command.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore, type KeptRun, keepLookahead, keepRun, reportKeptRun } from '../report/kept-run.ts';
import { counted, dayOf, whole } from '../report/wording.ts';
import { type Decision, type GateFacts, judge, type RiskLimits, usualLimits } from './gate.ts';
import { allPieces, type KeptPieces } from './pieces.ts';
import { gateDoubts, runFacts } from './run-facts.ts';
import { progressText, validateText } from './validate-text.ts';
import {
  type Play,
  type Progress,
  readPlan,
  type Validation,
  type ValidationPlan,
  validate,
} from './validation.ts';

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

/**
 * `interlock validate`: puts a strategy through costs, sizes and regimes, and judges it by fixed rules. Each run is kept
 * when it is done: killed at any moment, the same words go on from there, and other limits take over all of them.
 */
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
  const stopwatch = (): number => program.monotonicUs();
  const play = playOn(program);
  const plan = await readPlan(asked, stopwatch);
  sayTakenOver(program, plan.pieces);
  const said = program.words.filter(
    (word) => !/^--(json|limits=.*)?$/.test(word) && !operands.includes(word),
  );
  const usual = Object.entries(costs).map(([name, value]) => `--${name}=${value}`);
  const words = [...operands, ...said, ...usual, '--pessimism=0'];
  const dataFolder = dataFolderOf(asked);
  const keep = (base: BacktestResult): string => keepRun(base, { dataFolder, arguments: words }).facts.run.id;
  const outcome = await validate(plan, { play, keep, stopwatch });
  if (outcome.ended === 'interrupted') return leave(plan, { program, progress: outcome.progress });
  return tellJudgement(plan, { program, limits, validation: outcome.validation });
}

function tellJudgement(
  { asked }: ValidationPlan,
  {
    program,
    limits,
    validation,
  }: { readonly program: Program; readonly limits: RiskLimits; readonly validation: Validation },
): ExitCode {
  const dataFolder = dataFolderOf(asked);
  const { base, ...found } = validation;
  const reported = reportKeptRun(base.id, dataFolder);
  const kept = keepLookahead(reported, { dataFolder, found: { signalsChanged: found.signalsChanged } });
  const facts: GateFacts = {
    ...{ limits, screen: found.screen, costs: found.costs, regimes: found.regimes },
    doubts: gateDoubts(base.result),
    signalsChanged: found.signalsChanged,
    ...{ signals: found.signals, signalsAtCuts: found.signalsAtCuts },
    run: runFacts(base.result, kept.facts.honesty.deflatedSharpe),
  };
  const judged = judge(facts);
  const document = { ...judged, run: base.id, facts, capacity: found.capacity, costs: found.costs };
  const path = keepValidation(new RunStore(dataFolder), kept.folder, document);
  if (asked.isSet('json')) {
    program.tell(JSON.stringify({ ended: 'complete', ...document, kept: path, report: kept.reportPath }));
  } else {
    const lines = validateText(validation, judged);
    for (const line of [
      ...titleOf(base),
      ...lines,
      ...tailOf(path, kept),
      ...nextLines(base.id, judged.decision),
    ])
      program.tell(line);
  }
  return judged.decision === 'rejected' ? exitCodes.failedCheck : exitCodes.success;
}

function sayTakenOver(program: Program, { done, folder }: KeptPieces): void {
  if (done === 0) return;
  program.say(`${counted(done, 'run')} taken over from ${folder}\n`);
}

/** Interrupted: what is done is told, and kept. */
function leave(
  { asked, pieces }: ValidationPlan,
  { program, progress }: { readonly program: Program; readonly progress: Progress },
): ExitCode {
  const { base, costs, capacity } = progress;
  const { done, folder } = pieces;
  const missing = pieces.missing.map(({ what }) => what);
  if (asked.isSet('json')) {
    const run = base?.id;
    program.tell(
      JSON.stringify({
        ...{ ended: 'interrupted', runs: done, of: allPieces.length, folder },
        ...{ run, missing, costs, capacity },
      }),
    );
  } else if (base !== undefined) {
    for (const line of [...titleOf(base), ...progressText(progress)]) program.tell(line);
  }
  program.say(
    `interrupted: nothing was judged. Missing: ${missing.join('; ')}.\n${whole(done)} of at most ${counted(allPieces.length, 'run')} are kept in ${folder}: the same command goes on from there.\n`,
  );
  return exitCodes.interrupted;
}

function titleOf({ result: { strategies, instruments, from, to } }: Validation['base']): readonly string[] {
  return [`${strategies.join(', ')} on ${instruments.join(', ')}, ${dayOf(from)} to ${dayOf(to)}`, ''];
}

function tailOf(path: string, { reportPath }: KeptRun): readonly string[] {
  return ['', `  kept    ${path}`, `  report  ${reportPath}`];
}

function nextLines(id: string, decision: Decision): readonly string[] {
  if (decision === 'rejected') return [];
  const looked = decision === 'needs_review' ? ' --reviewed "what was found"' : '';
  return [`  next    npx --no interlock promote ${id} --to paper${looked}`];
}

/** Each run is shown by what it tries; Ctrl+C ends the one that plays, and all that would follow. */
function playOn(program: Program): Play {
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  return async (what, backtest) => {
    // A run that is over before anybody looks would never hear of it.
    await program.breathe();
    if (isInterrupted) return undefined;
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
