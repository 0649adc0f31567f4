import { EntryReader } from '../../infra/recording/entry.ts';
import { RecordingTape } from '../../infra/recording/recording-tape.ts';
import { type Difference, type ReplayCounts, ReplayingTape } from '../../infra/recording/replaying-tape.ts';
import type { Tape } from '../../infra/recording/tape.ts';

/** A recording in memory. */
export class TapeInMemory {
  readonly #blocks: Buffer[] = [];
  readonly tape = new RecordingTape((block) => this.#blocks.push(Buffer.from(block)));

  /** What was recorded so far, played to what `compose` makes on the tape that it is given. */
  async replay(
    compose: (tape: Tape) => unknown,
  ): Promise<ReplayCounts & { difference: Difference | undefined }> {
    this.tape.flush();
    const reader = new EntryReader();
    const entries = this.#blocks.flatMap((block) => [...reader.read(block)]);
    const tape = new ReplayingTape(entries);
    const difference = await tape.play((async () => compose(tape))());
    return { ...tape.counts(), difference };
  }
}
