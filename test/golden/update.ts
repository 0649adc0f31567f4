/** `node test/golden/update.ts` adds the bytes of new and changed messages; what is there stays as it is. */
import { messageTypes } from '../../protos/gen/registry.ts';
import { breachOf } from './breach.ts';
import {
  currentSamples,
  type GoldenEntry,
  hex,
  jsonOf,
  readGoldenEntries,
  writeGoldenEntries,
} from './golden-file.ts';

function main(): number {
  const entries = readGoldenEntries();
  const breaches = entries.flatMap((entry) => breachOf(entry) ?? []);
  if (breaches.length > 0) {
    console.error('Old messages must decode for ever; make the contract take them as they are:');
    for (const breach of breaches) console.error(breach);
    return 1;
  }
  const added = currentSamples().flatMap((sample) => newEntry(entries, sample) ?? []);
  writeGoldenEntries([...entries, ...added]);
  console.log(`test/golden/messages.json: ${added.length} entries added to ${entries.length}`);
  return 0;
}

function newEntry(
  entries: readonly GoldenEntry[],
  { message, name, value }: ReturnType<typeof currentSamples>[number],
): GoldenEntry | undefined {
  const type = messageTypes.get(message);
  if (!type) throw new Error(`${message} is not generated: run npm run gen`);
  const bytes = hex(type.encode(value));
  const known = entries.filter((entry) => entry.message === message && entry.sample === name);
  if (known.some((entry) => entry.bytes === bytes)) return undefined;
  return { message, sample: name, version: known.length + 1, value: jsonOf(value), bytes };
}

process.exitCode = main();
