import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { feedKey } from '../../infra/feeds/create-feed.ts';
import { createFileCursor } from '../../infra/feeds/file-cursor.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-cursor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const time = brandOf.timestampUs(1_704_205_800_000_000);

describe('the cursor of a feed', () => {
  it('is remembered, the newest one only', () => {
    const file = join(folder, 'cursor');
    const cursor = createFileCursor({ file, feedKey: 'a' });
    expect(cursor.load()).toBeUndefined();

    cursor.save(time);
    cursor.save(brandOf.timestampUs(time + 1));

    expect(createFileCursor({ file, feedKey: 'a' }).load()).toBe(time + 1);
  });

  it('means nothing for another feed', () => {
    const file = join(folder, 'cursor');
    createFileCursor({ file, feedKey: 'a' }).save(time);

    expect(createFileCursor({ file, feedKey: 'b' }).load()).toBeUndefined();
  });

  it.each(['', '{', 'null', '{"feedKey":"a"}', '{"feedKey":"a","time":1.5}', '{"feedKey":"a","time":"1"}'])(
    'is no cursor when the file holds %s',
    (text) => {
      const file = join(folder, 'cursor');
      writeFileSync(file, text);

      expect(createFileCursor({ file, feedKey: 'a' }).load()).toBeUndefined();
    },
  );

  it('belongs to the data, not to their pace', () => {
    const key = (path: string, value: unknown): string =>
      feedKey(loadProfile('paper', [[['feed', path], value]]).profile.feed);

    expect(key('speed', 'max')).toBe(key('speed', 60));
    expect(key('to', '2026-02-02')).toBe(key('to', '2026-03-03'));
    expect(key('seed', 1)).not.toBe(key('seed', 2));
    expect(key('symbols', ['SPY'])).not.toBe(key('symbols', ['QQQ']));
  });
});
