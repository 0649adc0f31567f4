import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { exitCodes, UserError } from '../process/user-error.ts';
import { describeIssues, valueAt } from './describe-issues.ts';
import { type Profile, profileSchema } from './profile.ts';

export interface LoadedProfile {
  /** Name, or path, by which it was asked for. */
  readonly name: string;
  readonly file: string;
  readonly profile: Profile;
  /** SHA-256 of the limits, the approval policy and the kill switches, in hex: decisions and approvals name it. */
  readonly limitsVersion: string;
  /** The document after overrides, before validation: a service of the same run loads exactly this. */
  readonly document: unknown;
}

const shipped = new URL('./profiles/', import.meta.url);

export type Override = readonly [path: readonly string[], value: unknown];

/** `paper` is a profile that ships; anything with a slash or an ending is a file. Throws UserError naming file and key. */
export function loadProfile(name: string, overrides: readonly Override[] = []): LoadedProfile {
  const isPath = /[/\\.]/.test(name);
  const file = isPath ? name : fileURLToPath(new URL(`${name}.yaml`, shipped));
  if (!existsSync(file)) {
    const names = readdirSync(shipped).map((each) => each.replace('.yaml', ''));
    const remedy = isPath
      ? 'there is no such file'
      : `expected one that ships (${names.sort().join(', ')}), or the path of a file such as ./${name}.yaml`;
    throw new UserError(exitCodes.configuration, `no profile ${name}: ${remedy}.`);
  }
  const document = parseDocument(readFileSync(file, 'utf8'), { uniqueKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new UserError(exitCodes.configuration, `${file}: not valid YAML: ${syntax.message}`);
  }
  // An override may change the feed's kind: keys of the old kind that the new one does not have go with it.
  for (const [path, value] of overrides) document.setIn(path, value);
  return readProfile(document.toJS(), { name, file });
}

/** A document as `loadProfile` gave it, such as a stored run keeps. Throws UserError naming file and key. */
export function readProfile(
  raw: unknown,
  { name, file }: { readonly name: string; readonly file: string },
): LoadedProfile {
  const result = profileSchema.safeParse(raw);
  if (!result.success) {
    throw new UserError(
      exitCodes.configuration,
      describeIssues(result.error.issues, raw)
        .map((line) => `${file}: ${line}`)
        .join('\n'),
    );
  }
  return { name, file, profile: result.data, limitsVersion: limitsVersionOf(raw), document: raw };
}

export function limitsVersionOf(document: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(['limits', 'approval', 'killSwitches'].map((key) => valueAt(document, [key]))))
    .digest('hex');
}
