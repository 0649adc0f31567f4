// A process that brings a CSV file into a cache: `<file> <folder>`. A test kills it in the middle.
import { openBars } from '../../infra/feeds/open-bars.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const [data = '', folder = ''] = process.argv.slice(2);
openBars(
  { kind: 'csv', data, interval: brandOf.durationUs(60_000_000), mapping: {}, timeZone: 'UTC' },
  { cache: { folder } },
).close();
