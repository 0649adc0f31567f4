import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Stand-ins for all files of a feed, as they were when `share` of their rows was known: text keeps that share of its
 * lines, whatever cannot be cut so becomes empty. Written below `folder`; answers which file stands in for which.
 */
export function truncateFiles(
  data: string,
  { share, folder }: { readonly share: number; readonly folder: string },
): ReadonlyMap<string, string> {
  mkdirSync(folder, { recursive: true });
  const standIns = new Map<string, string>();
  for (const [index, file] of filesOf(resolve(data)).entries()) {
    const standIn = join(folder, String(index));
    writeFileSync(standIn, /\.(csv|txt)$/i.test(file) ? beginningOf(file, share) : '');
    standIns.set(file, standIn);
  }
  return standIns;
}

function filesOf(data: string): readonly string[] {
  if (!statSync(data).isDirectory()) return [data];
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A share of whole rows is those rows. */
const rounding = 1e-6;

function beginningOf(file: string, share: number): string {
  const [header = '', ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return [header, ...rows.slice(0, Math.floor(rows.length * share + rounding))].join('\n');
}
