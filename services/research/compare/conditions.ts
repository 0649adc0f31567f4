import { valueAt } from '../../../infra/config/describe-issues.ts';

/** What a run was made of. */
export interface Conditions {
  /** As it was loaded, overrides included. */
  readonly profile: unknown;
  readonly dataFingerprint: string;
  readonly buildHash: string;
  /** SHA-256 of each strategy's file, by its module as the profile names it. */
  readonly sources: Readonly<Record<string, string>>;
}

export const conditionNames = ['strategy', 'parameters', 'data', 'profile', 'build'] as const;
export type ConditionName = (typeof conditionNames)[number];

export interface ConditionDifference {
  readonly condition: ConditionName;
  /** What of it, such as `slow` or `paperVenue.slippage`; absent: all of it. */
  readonly key?: string;
  readonly first: string;
  readonly second: string;
}

const nothing = 'nothing';

/** All that was not the same, in the order of the names; nothing that was. */
export function conditionDifferences(first: Conditions, second: Conditions): readonly ConditionDifference[] {
  const sides = { first, second };
  return [
    ...strategyDifferences(sides),
    ...unequal('parameters', { first: parametersOf(first), second: parametersOf(second) }),
    ...dataDifferences(sides),
    ...unequal('profile', { first: restOf(first), second: restOf(second) }),
    ...wholeDifference('build', { first: first.buildHash, second: second.buildHash }),
  ];
}

type Both<Value> = { readonly first: Value; readonly second: Value };
type Leaves = ReadonlyMap<string, string>;

/** Which, on what, and their files: an edited one is another, whatever its name; a moved one is the same. */
function strategyDifferences({ first, second }: Both<Conditions>): readonly ConditionDifference[] {
  const described = (of: Conditions): Leaves =>
    leavesOf(strategiesOf(of).map(({ parameters: _, module: __, ...rest }) => rest));
  const others = new Map(strategiesOf(second).map((strategy) => [strategy.id, sourceOf(second, strategy)]));
  const edited = strategiesOf(first).flatMap((strategy) => {
    const both = { first: sourceOf(first, strategy), second: others.get(strategy.id) ?? '' };
    if (both.first === '' || both.second === '') return [];
    return wholeDifference('strategy', both).map((found) => ({ ...found, key: `file of ${strategy.id}` }));
  });
  return [...unequal('strategy', { first: described(first), second: described(second) }), ...edited];
}

function sourceOf({ sources }: Conditions, { module }: Readonly<Record<string, unknown>>): string {
  return sources[String(module)] ?? '';
}

/** The same rows are the same data, wherever they lie; other rows are told by what was asked for. */
function dataDifferences({ first, second }: Both<Conditions>): readonly ConditionDifference[] {
  const found = wholeDifference('data', { first: first.dataFingerprint, second: second.dataFingerprint });
  if (found.length === 0) return [];
  const feedOf = ({ profile }: Conditions): Leaves =>
    leavesOf(Object.fromEntries(entriesOf(valueAt(profile, ['feed'])).filter(([key]) => !ofPace.has(key))));
  return [...found, ...unequal('data', { first: feedOf(first), second: feedOf(second) })];
}

function parametersOf(of: Conditions): Leaves {
  return leavesOf(strategiesOf(of).map(({ parameters }) => parameters));
}

/** Keys of the feed that say nothing of the rows: a profile's own. */
const ofPace: ReadonlySet<string> = new Set(['speed', 'staleAfter']);

function restOf({ profile }: Conditions): Leaves {
  const rest = entriesOf(profile).filter(([key]) => key !== 'strategies' && key !== 'feed');
  const pace = entriesOf(valueAt(profile, ['feed'])).filter(([key]) => ofPace.has(key));
  return leavesOf(Object.fromEntries([...rest, ['feed', Object.fromEntries(pace)]]));
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function strategiesOf({ profile }: Conditions): readonly Readonly<Record<string, unknown>>[] {
  const strategies: unknown = valueAt(profile, ['strategies']);
  if (!Array.isArray(strategies)) return [];
  return strategies.map((strategy: unknown) =>
    typeof strategy === 'object' && strategy !== null ? Object.fromEntries(Object.entries(strategy)) : {},
  );
}

function unequal(condition: ConditionName, { first, second }: Both<Leaves>): readonly ConditionDifference[] {
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((key) => {
    const [one = nothing, other = nothing] = [first.get(key), second.get(key)];
    return one === other ? [] : [{ condition, key, first: one, second: other }];
  });
}

function wholeDifference(condition: ConditionName, both: Both<string>): readonly ConditionDifference[] {
  if (both.first === both.second) return [];
  return [{ condition, first: shortened(both.first), second: shortened(both.second) }];
}

const hashCharacters = 12;

function shortened(hash: string): string {
  return hash.slice(0, hashCharacters);
}

/** Plain values by their path; of a list with one entry, as most profiles have one strategy, without its number. */
function leavesOf(value: unknown, path: readonly string[] = []): Leaves {
  if (typeof value !== 'object' || value === null) {
    return value === undefined ? new Map() : new Map([[path.join('.'), String(value)]]);
  }
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item !== 'object')) {
    return new Map([[path.join('.'), value.join(', ')]]);
  }
  const isSingle = Array.isArray(value) && value.length === 1;
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...leavesOf(item, isSingle ? path : [...path, key])]),
  );
}
