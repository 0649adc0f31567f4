// The receiving end of the market-data row: reads quotes as the strategy service does, or bytes as a bare client does.
import { connect } from 'nats';
import { openClient } from '../../infra/client/open-client.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { machineUs, onBenchOrder, tellBench } from './bench-parent.ts';
import { bareSubject, readerOrder } from './market-data-order.ts';

const [url = ''] = process.argv.slice(2);
const { bus } = await openClient({ url, name: 'strategy' });
const connection = await connect({ servers: url, noAsyncTraces: true });

let wanted = Number.POSITIVE_INFINITY;
let counted = 0;
let beganUs = 0;
let sum = 0;

function count(): void {
  counted += 1;
  if (counted === 1) beganUs = machineUs();
  if (counted < wanted) return;
  tellBench({
    kind: 'counted',
    messagesPerSecond: ((counted - 1) / (machineUs() - beganUs)) * 1_000_000,
    sum,
  });
  counted = 0;
}

bus.subscribe(subjects.quote.matching({ venue: brandOf.venueId('paper') }), ({ message }) => {
  // Reads the quote, so that no engine can leave the decoding out.
  sum += message.bidPrice + message.askSize;
  count();
});
connection.subscribe(bareSubject, {
  callback: (_, { data }) => {
    sum += data.length;
    count();
  },
});
// The bytes of a real quote, for the bare publisher.
connection.subscribe(subjects.quote.matching({}).name, {
  max: 1,
  callback: (_, { data }) => tellBench({ kind: 'frame', frame: data.slice() }),
});
await connection.flush();
onBenchOrder(readerOrder, (order) => {
  wanted = order.count;
});
tellBench({ kind: 'ready' });
