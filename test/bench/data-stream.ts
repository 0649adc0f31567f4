// A process of the data row: writes bars into a file of the cache, plays them all, tells how much memory it ever held.
import { join } from 'node:path';
import { BarFile } from '../../infra/bar-cache/bar-file.ts';
import { BarFileWriter } from '../../infra/bar-cache/bar-file-writer.ts';
import { emptyBarRow } from '../../infra/bar-cache/bar-row.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { tellBench } from './bench-parent.ts';
import { playAll } from './data-rows.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const rows = Number(count);
const interval = brandOf.durationUs(60_000_000);
const path = join(folder, 'generated.bars');

const writer = new BarFileWriter({
  path,
  temporaryPath: `${path}.new`,
  spacing: { interval, hasShortDays: false },
});
const series = writer.series(brandOf.instrumentId('SPY'));
const bar = emptyBarRow();
for (let row = 0; row < rows; row += 1) {
  bar.openTime = 1_000_000_000_000_000 + row * interval;
  bar.open = 100 + (row % 97);
  bar.close = 100 + (row % 89);
  bar.high = Math.max(bar.open, bar.close) + 1;
  bar.low = Math.min(bar.open, bar.close) - 1;
  bar.volume = row % 1000;
  series.add(bar);
}
writer.finish({ made: 'by the bench' });

const file = BarFile.open(path);
const [stored] = file?.index.series ?? [];
if (file === undefined || stored === undefined) throw new Error('the file that was written is not there');
playAll({
  ...stored,
  block(index) {
    const block = stored.blocks[index];
    const rowsOfBlock = block === undefined ? undefined : file.block(stored, block);
    if (rowsOfBlock === undefined) throw new Error(`block ${index} is not as it was written`);
    return rowsOfBlock;
  },
});
// Kibibytes, whatever the system.
tellBench({ kind: 'streamed', rows, residentBytesMax: process.resourceUsage().maxRSS * 1024 });
