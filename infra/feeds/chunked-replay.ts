import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import type { Instant } from '../../services/kernel/venue/market-feed.ts';
import { indexAfter } from './bar-replay.ts';

/** A part of a replay that is loaded when its turn comes, such as a day's files. */
export interface Chunk {
  /** No instant of it is later. */
  readonly lastTime: TimestampUs;
  load(): readonly Instant[];
}

export interface ChunkedReplay {
  seek(after: TimestampUs): void;
  next(): Instant | undefined;
}

/** Plays chunks in order of time, one in memory at once. */
export function createChunkedReplay(chunks: readonly Chunk[]): ChunkedReplay {
  let coming = 0;
  let instants: readonly Instant[] = [];
  let position = 0;

  function next(): Instant | undefined {
    while (position >= instants.length) {
      const chunk = chunks[coming];
      if (chunk === undefined) return undefined;
      coming += 1;
      instants = chunk.load();
      position = 0;
    }
    const instant = instants[position];
    position += 1;
    return instant;
  }

  return {
    next,
    seek(after) {
      coming = indexAfter(chunks, after, (chunk) => chunk.lastTime);
      instants = chunks[coming]?.load() ?? [];
      coming += 1;
      position = indexAfter(instants, after, (instant) => instant.time);
    },
  };
}
