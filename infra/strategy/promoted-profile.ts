import { createHash } from 'node:crypto';
import { valueAt } from '../config/describe-issues.ts';
import type { LoadedProfile } from '../config/load-profile.ts';
import type { Profile } from '../config/profile.ts';
import { computeBuildHash } from '../process/build-hash.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { hashStrategySources } from './strategy-source.ts';

/** What was validated, as a run or a promoted profile names it. */
export interface Validated {
  readonly buildHash: string;
  /** SHA-256 of each strategy's file, by its module. */
  readonly sources: Readonly<Record<string, string>>;
}

/** What is no longer as it was validated: each a clause that a person understands. Throws a UserError. */
export function changedSince(
  { buildHash, sources }: Validated,
  strategies: Profile['strategies'],
): readonly string[] {
  const now = hashStrategySources(strategies.map(({ module }) => module));
  const modules = [...new Set([...Object.keys(sources), ...Object.keys(now)])];
  const short = (hash: string | undefined): string => hash?.slice(0, 8) ?? 'none';
  return [
    ...modules
      .filter((module) => sources[module] !== now[module])
      .map(
        (module) =>
          `the file of the strategy ${module} (${short(sources[module])} then, ${short(now[module])} now)`,
      ),
    ...(buildHash === computeBuildHash()
      ? []
      : [`the program (${short(buildHash)} then, ${short(computeBuildHash())} now)`]),
  ];
}

/** SHA-256 of what a promoted profile trades and of what holds it back: the sizing is one of its limits. */
export function termsOf(document: unknown): string {
  const terms = ['strategies', 'limits', 'approval', 'killSwitches'].map((key) => valueAt(document, [key]));
  return createHash('sha256').update(JSON.stringify(terms)).digest('hex');
}

/** A profile that `promote` wrote runs what was promoted, or nothing. Throws a UserError. */
export function checkPromoted({
  file,
  document,
  profile: { promotion, strategies },
}: Pick<LoadedProfile, 'file' | 'document' | 'profile'>): void {
  if (promotion === undefined) return;
  const changes = [
    ...changedSince(promotion, strategies),
    // By hand, or by an option of whoever starts it.
    ...(termsOf(document) === promotion.terms
      ? []
      : ['what it says of strategies, limits, approval or kill switches']),
  ];
  if (changes.length === 0) return;
  throw new UserError(
    exitCodes.configuration,
    `${file} was promoted from the run ${promotion.run}, and ${changes.join(' and ')} changed since then: validate and promote anew, or take the section "promotion" out of it to run it as a profile of your own.`,
  );
}
