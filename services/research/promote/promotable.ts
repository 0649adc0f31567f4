import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import { readProfile } from '../../../infra/config/load-profile.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { keptValidation } from '../../../infra/run-store/validation-document.ts';
import { changedSince } from '../../../infra/strategy/promoted-profile.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { readMarket } from '../market/read-market.ts';
import { reportKeptRun } from '../report/kept-run.ts';
import { shellWords } from '../report/wording.ts';
import { type GateFacts, judge } from '../validate/gate.ts';
import { runFacts } from '../validate/run-facts.ts';

/** A run that was validated. */
export interface Promotable {
  readonly id: string;
  readonly folder: string;
  readonly result: BacktestResult;
  readonly sources: Readonly<Record<string, string>>;
  /** As it was validated. */
  readonly loaded: LoadedProfile;
  readonly facts: GateFacts;
  readonly judged: ReturnType<typeof judge>;
}

/**
 * What the store has of a run and its validation, judged anew: from the run's own figures, and with every trial on its
 * data that was made until now. Throws a UserError.
 */
export function readPromotable(name: string, dataFolder: string): Promotable {
  const store = new RunStore(dataFolder);
  const { document, folder, result } = store.load(name);
  const { id } = document;
  const validation = keptValidation(store, folder);
  if (validation === undefined) throw new UserError(exitCodes.usage, notValidated(id, document.arguments));
  const { honesty } = reportKeptRun(id, dataFolder).facts;
  const facts: GateFacts = { ...validation.facts, run: runFacts(result, honesty.deflatedSharpe) };
  const loaded = readProfile(result.inputs.profile, { name: id, file: `${id}/run.json` });
  return { id, folder, result, sources: document.sources, loaded, facts, judged: judge(facts) };
}

function notValidated(id: string, words: readonly string[]): string {
  const said = words.filter((word) => !word.startsWith('--pessimism'));
  return `${id} was not validated: do so with "npx --no interlock validate ${shellWords(said)}".`;
}

/** What is no longer as it was validated. Throws a UserError when it cannot even be read. */
export function changesOf({ result, sources, loaded }: Promotable, dataFolder: string): readonly string[] {
  const { buildHash, dataFingerprint } = result.inputs;
  const found = readMarket(loaded.profile, { dataFolder }).fingerprint;
  return [
    ...changedSince({ buildHash, sources }, loaded.profile.strategies),
    ...(found === dataFingerprint
      ? []
      : [`the data (${dataFingerprint.slice(0, 8)} then, ${found.slice(0, 8)} now)`]),
  ];
}

/** Throws a UserError that names what has changed. */
export function requireUnchanged(promotable: Promotable, dataFolder: string): void {
  const changes = changesOf(promotable, dataFolder);
  if (changes.length === 0) return;
  throw new UserError(
    exitCodes.failedCheck,
    `${promotable.id} is not what would trade: ${changes.join(' and ')} changed since it was validated. Validate it again.`,
  );
}
