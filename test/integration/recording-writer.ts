// A process that records to a disk that will not take all of it, and tells how that went.
import { loadProfile } from '../../infra/config/load-profile.ts';
import { RecordingWriter } from '../../infra/recording/recording-file.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const blockBytes = 64 * 1024;
const failures: string[] = [];
const header = {
  service: 'risk',
  epoch: brandOf.epoch(1),
  buildHash: 'build',
  dataFolder: '',
  keyFolder: '',
  loaded: loadProfile('paper'),
};
const writer = new RecordingWriter(path, header, (error) => failures.push(error.message));
for (let block = 0; block < Number(count); block += 1) {
  writer.append(new Uint8Array(blockBytes).fill(1));
  await new Promise((resolve) => setImmediate(resolve));
}
writer.close();
process.stdout.write(JSON.stringify({ failures }));
