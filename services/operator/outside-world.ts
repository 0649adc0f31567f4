import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { copyDatabase } from '../../infra/journal/database-copy.ts';

/**
 * What a paper system finds outside of itself when it starts again, as a real venue and a real market would still be
 * there, and what its strategies have seen. In this order: data that are played again are known by their ids, data
 * that are left out would be missed.
 */
const files = ['market-data.cursor', join('venue', 'paper.sqlite'), join('strategy', 'inputs.sqlite')];

/** Copies what is in the one folder and not in the other; returns the paths written. Throws when it cannot. */
export function copyOutsideWorld(fromFolder: string, toFolder: string): readonly string[] {
  const missing = files.filter(
    (file) => existsSync(join(fromFolder, file)) && !existsSync(join(toFolder, file)),
  );
  return missing.map((file) => {
    const from = join(fromFolder, file);
    const to = join(toFolder, file);
    mkdirSync(dirname(to), { recursive: true });
    if (extname(file) === '.sqlite') copyDatabase({ from, to });
    else copyFileSync(from, to);
    return to;
  });
}
