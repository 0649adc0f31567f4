import { Document } from 'yaml';
import type { Override } from './load-profile.ts';

/** A profile's document with what is changed in it; the other keys stay as they were written. */
export function withChanges(raw: unknown, changes: readonly Override[]): unknown {
  const document = new Document(raw);
  for (const [path, value] of changes) document.setIn(path, value);
  return document.toJS();
}

/** The document as a file that `loadProfile` reads, the remarks above it. The same gives the same bytes. */
export function profileText(raw: unknown, remarks: readonly string[]): string {
  const lines = remarks.map((remark) => `# ${remark}\n`).join('');
  return `${lines}${new Document(raw).toString({ lineWidth: 0 })}`;
}
