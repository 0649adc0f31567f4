// The sending end of the market-data row's floor: a bare client that publishes the same bytes as fast as it can.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect } from 'nats';
import { onBenchOrder, tellBench } from './bench-parent.ts';
import { bareSubject, publisherOrder } from './market-data-order.ts';

/** Enough to keep the socket busy; between two turns it is written. */
const messagesPerTurn = 1_000;

const [url = ''] = process.argv.slice(2);
const connection = await connect({ servers: url, noAsyncTraces: true });

onBenchOrder(publisherOrder, ({ count, frame }) => {
  publish(count, frame).then(undefined, (error: unknown) => {
    throw error;
  });
});
tellBench({ kind: 'ready' });

async function publish(count: number, frame: Uint8Array): Promise<void> {
  for (let published = 0; published < count; published += 1) {
    connection.publish(bareSubject, frame);
    if (published % messagesPerTurn === 0) await nextTurn();
  }
}
