// A thread of a sweep: combinations in, what they came to out.
import { threadParent } from '../../../infra/process/thread.ts';
import { prepareSweep, type Sweep } from './screen.ts';
import { loadScreenStrategy } from './screen-strategy.ts';
import type { SweepAnswer, SweepShare, SweepWork } from './sweep-threads.ts';

const { work, parent } = threadParent<SweepWork>();
let prepared: Sweep | undefined;

parent.onMessage((message) => {
  // Only sweep-threads.ts starts this thread, of the same sources.
  void answer(message).then((found) => parent.send(found));
});

async function answer(message: unknown): Promise<SweepAnswer> {
  if (!isShare(message)) throw new TypeError('a share of a sweep was expected');
  const { firstIndex, combinations } = message;
  const trials: ReturnType<Sweep>[] = [];
  try {
    prepared ??= prepareSweep({ ...work, strategy: await loadScreenStrategy(work.module) });
    for (const [index, values] of combinations.entries()) {
      const isStudied = (firstIndex + index) % work.studyStep === 0;
      trials.push(prepared(values, { isStudied }));
    }
    return { kind: 'done', firstIndex, trials };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', values: combinations[trials.length] ?? [], detail };
  }
}

function isShare(message: unknown): message is SweepShare {
  return typeof message === 'object' && message !== null && 'combinations' in message;
}
