import type { z } from 'zod';

const issuesShownMax = 10;

/** A person's view of what a schema refused: one line an issue, `key: expected …, found …`. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], raw: unknown): readonly string[] {
  const lines = issues.slice(0, issuesShownMax).flatMap((issue) => describeIssue(issue, raw));
  return issues.length > issuesShownMax ? [...lines, `and ${issues.length - issuesShownMax} more`] : lines;
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${keyOf(path)}: expected no such key, found ${JSON.stringify(valueAt(raw, path))}; remove it or mend its spelling`;
    });
  }
  const found = valueAt(raw, issue.path);
  return [`${keyOf(issue.path)}: expected ${expectedText(issue, found)}, found ${foundText(found)}`];
}

function foundText(found: unknown): string {
  if (found === undefined) return 'nothing';
  // JSON knows neither NaN nor infinity.
  return typeof found === 'number' ? String(found) : (JSON.stringify(found) ?? String(found));
}

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'names with values, such as {"name":1}',
  record: 'names with values, such as {"name":1}',
};

/** Our own messages begin with `expected`; the library's speak of its types, and are put in words here. */
function expectedText(issue: z.core.$ZodIssue, found: unknown): string {
  const own = /^expected (.*)$/s.exec(issue.message)?.[1];
  if (own !== undefined) return own;
  switch (issue.code) {
    case 'invalid_type':
      return typeof found === 'number' && issue.expected === 'number'
        ? 'a finite number'
        : (kinds[issue.expected] ?? issue.expected);
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${measure(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${measure(issue.origin, issue.maximum)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value))).join(', ')}`;
    case 'invalid_format':
      return issue.pattern === undefined
        ? `a text of the form ${issue.format}`
        : `a text like ${issue.pattern}`;
    case 'invalid_union': {
      const forms = issue.errors.flatMap(([first]) =>
        first === undefined ? [] : [expectedText(first, found)],
      );
      return forms.length === 0 ? issue.message : [...new Set(forms)].join(', or ');
    }
    default:
      return issue.message;
  }
}

function measure(origin: string, count: number | bigint): string {
  if (origin === 'string') return `${count} ${count === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `${count} ${count === 1 ? 'entry' : 'entries'}`;
  return String(count);
}

function keyOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(top level)' : path.map(String).join('.');
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}
