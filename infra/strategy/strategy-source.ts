import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { strategyFileOf } from './load-strategy-module.ts';

/**
 * SHA-256 of each strategy's file, by its module as a profile names it: a strategy of somebody's own is no part of the
 * program's build hash. What such a file imports of its own beside it is not seen. Throws a UserError.
 */
export function hashStrategySources(modules: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    modules.map((module) => [
      module,
      createHash('sha256')
        .update(readFileSync(strategyFileOf(module)))
        .digest('hex'),
    ]),
  );
}
