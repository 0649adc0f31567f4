import { parentPort, Worker as ThreadWorker, workerData } from 'node:worker_threads';
import type { Parent, Worker } from './program.ts';

/** A thread of this process. What lies in shared memory is not copied; all else of the message is. */
export function startThread<Answer>(entry: URL, work: unknown): Worker<Answer> {
  const thread = new ThreadWorker(entry, { workerData: work });
  let isDismissed = false;
  return {
    send: (message) => thread.postMessage(message),
    onMessage: (handler) => void thread.on('message', (answer: Answer) => handler(answer)),
    disconnect() {
      isDismissed = true;
      void thread.terminate();
    },
    ended: new Promise((resolve, reject) => {
      thread.on('error', reject);
      thread.on('exit', (code) => {
        if (isDismissed || code === 0) resolve();
        else reject(new Error(`a thread ended with ${code}`));
      });
    }),
  };
}

/** In a thread: what it was started with, and who gives it work. */
export function threadParent<Work>(): { readonly work: Work; readonly parent: Parent } {
  const port = parentPort;
  if (port === null) throw new Error('this file is a thread of another program, and none itself');
  const work: Work = workerData;
  return {
    work,
    parent: {
      send: (message) => port.postMessage(message),
      onMessage: (handler) => void port.on('message', handler),
    },
  };
}
