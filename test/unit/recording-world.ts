import { type Entry, EntryReader } from '../../infra/recording/entry.ts';
import { RecordingTape } from '../../infra/recording/recording-tape.ts';
import { type Difference, type ReplayCounts, ReplayingTape } from '../../infra/recording/replaying-tape.ts';
import type { Tape } from '../../infra/recording/tape.ts';

/** A recording in memory. */
export class TapeInMemory {
  readonly #blocks: Buffer[] = [];
  readonly tape = new RecordingTape((block) => this.#blocks.push(Buffer.from(block)));

  entries(): readonly Entry[] {
    this.tape.flush();
    const reader = new EntryReader();
    return this.#blocks.flatMap((block) => [...reader.read(block)]);
  }

  /** What was recorded so far, or only its first entries, played to what `compose` makes on the tape that it is given. */
  async replay(
    compose: (tape: Tape) => unknown,
    entries = this.entries(),
  ): Promise<ReplayCounts & { difference: Difference | undefined }> {
    const tape = new ReplayingTape(entries);
    const difference = await tape.play((async () => compose(tape))());
    return { ...tape.counts(), difference };
  }
}
