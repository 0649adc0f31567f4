import { join } from 'node:path';
import type { BenchRun } from './bench-run.ts';
import { startBenchServer, startBenchSystem } from './bench-system.ts';
import { type Child, startChild } from './child.ts';
import { counted, frameSeen, ready } from './market-data-order.ts';
import { projectFile } from './project-file.ts';
import { figure, type Row } from './row.ts';

const symbols = ['AAPL', 'IWM', 'QQQ', 'SPY'];
const quotesPerSymbolAndDay = 23_400;
/** A day goes out as fast as it can; the night after it, the feed's own pause, is when the floor is measured. */
const quotesPerBlock = symbols.length * quotesPerSymbolAndDay;
const speedMax = 100_000;

export async function measureMarketDataRate(run: BenchRun): Promise<Row> {
  const blocks = run.quick ? 2 : 6;
  const folder = run.freshFolder('market-data');
  const server = await startBenchServer(run, folder);
  const startEnd = (name: string): Child => {
    const command = [projectFile(`test/bench/${name}.ts`), server.url];
    const child = startChild({ name, command, stderrPath: join(folder, `${name}.stderr`) });
    run.onRowEnd(() => child.kill());
    return child;
  };
  const reader = startEnd('quote-reader');
  const publisher = startEnd('bare-publisher');
  await reader.next(ready);
  await publisher.next(ready);
  reader.send({ count: quotesPerBlock });
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: ['market-data'],
    overrides: [
      [['feed', 'symbols'], symbols],
      [['feed', 'speed'], speedMax],
    ],
  });
  const measured: number[] = [];
  const floor: number[] = [];
  const feed = system.service('market-data');
  const { frame } = await reader.next(frameSeen);
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const day = await reader.next(counted);
    feed.signal('SIGSTOP');
    publisher.send({ count: quotesPerBlock, frame });
    const bare = await reader.next(counted);
    feed.signal('SIGCONT');
    if (block === 0) continue;
    measured.push(day.messagesPerSecond);
    floor.push(bare.messagesPerSecond);
  }
  return {
    name: 'market-data',
    measure: "market-data's publish call → decoded handler in another process, saturated",
    floor: 'bare NATS publisher and subscriber, same bytes',
    figures: [
      figure({
        name: 'messages',
        unit: '/s',
        blocks: measured,
        floorBlocks: floor,
        samples: quotesPerBlock * blocks,
        target: { of: 'ratio', bound: 'atLeast', value: 0.6 },
      }),
    ],
    notes: [
      'The service makes the quotes while it publishes them, bars included; the floor sends one buffer again and again.',
    ],
  };
}
