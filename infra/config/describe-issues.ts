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
  // Our own messages begin with `expected`; the library's say so after a preamble and add what was received.
  const expected = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
  const lead = expected.startsWith('expected ') ? '' : 'expected ';
  return [
    `${keyOf(issue.path)}: ${lead}${expected}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}`,
  ];
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
