import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { textAt } from '../../services/operator/json-value.ts';

const entry = fileURLToPath(new URL('../../interlock.mjs', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface StartedCommand {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Types `interlock <words>` the way a shell would, in a process of its own. */
export function startCommand(words: readonly string[], folder?: string): StartedCommand {
  const child = spawn(process.execPath, [entry, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { child, outcome: outcomeOf(child) };
}

export function runCommand(words: readonly string[], folder?: string): Promise<Outcome> {
  return startCommand(words, folder).outcome;
}

/** Of a process with its output in pipes. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  if (child.stdout === null || child.stderr === null) throw new Error('its output is read through pipes');
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, error };
}

/** Every line of stdout, each of which has to be JSON. */
export function jsonLines(out: string): readonly unknown[] {
  return out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

export interface Answered {
  readonly code: number | null;
  /** The last line of stdout, parsed. */
  readonly last: unknown;
}

/** What a verb of the running system in the folder answered. */
export async function answeredBy(folder: string, words: readonly string[]): Promise<Answered> {
  const { code, out, error } = await runCommand([...words, '--data-folder', folder, '--json']);
  if (out === '') throw new Error(`${words.join(' ')} said nothing but ${error}`);
  return { code, last: jsonLines(out).at(-1) };
}

/** Of a further person, kept in the folder. */
export async function aNewKey(
  folder: string,
  name: string,
): Promise<{ readonly path: string; readonly keyId: string }> {
  const path = join(folder, `${name}.key`);
  const { code, out } = await runCommand(['keys', 'new', '--name', name, '--key', path, '--json']);
  expect(code).toBe(0);
  return { path, keyId: textAt(jsonLines(out).at(-1), 'keyId') };
}
