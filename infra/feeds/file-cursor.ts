import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

/** How far a feed was played, remembered over restarts. */
export interface FileCursor {
  load(): TimestampUs | undefined;
  save(time: TimestampUs): void;
}

/**
 * One line of JSON, replaced whole, so that a crash leaves the old or the new one. It is not forced to the disk: after
 * a power cut some data may be played twice, and their ids are the same. A cursor of another feed, or one that cannot
 * be read, is no cursor.
 */
export function createFileCursor(options: { readonly file: string; readonly feedKey: string }): FileCursor {
  const { file, feedKey } = options;
  return {
    load() {
      if (!existsSync(file)) return undefined;
      const saved = parse(readFileSync(file, 'utf8'));
      return saved?.feedKey === feedKey ? brandOf.timestampUs(saved.time) : undefined;
    },
    save(time) {
      writeFileSync(`${file}.new`, `${JSON.stringify({ feedKey, time })}\n`);
      renameSync(`${file}.new`, file);
    },
  };
}

function parse(text: string): { readonly feedKey: unknown; readonly time: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('time' in value) || !('feedKey' in value))
    return undefined;
  const { feedKey, time } = value;
  return typeof time === 'number' && Number.isSafeInteger(time) ? { feedKey, time } : undefined;
}
