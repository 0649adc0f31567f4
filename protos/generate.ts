/**
 * `node protos/generate.ts` writes protos/gen from protos/interlock; with `--check` it writes nothing and fails
 * when what is committed differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContractError, readContract } from './generator/contract.ts';
import { generatedFiles } from './generator/generated-files.ts';
import { genFolder, projectFolders } from './generator/project.ts';

function main(): number {
  mkdirSync(genFolder, { recursive: true });
  const committed = new Map(
    readdirSync(genFolder).map((name) => [name, readFileSync(join(genFolder, name), 'utf8')]),
  );
  const contract = readContract(projectFolders);
  const generated = generatedFiles(contract, committed.get('lock.json'));
  const changed = [...new Set([...committed.keys(), ...generated.keys()])]
    .filter((name) => committed.get(name) !== generated.get(name))
    .sort();
  if (process.argv.includes('--check')) return report(changed);
  for (const name of changed) {
    const text = generated.get(name);
    if (text === undefined) rmSync(join(genFolder, name));
    else writeFileSync(join(genFolder, name), text);
  }
  console.log(`protos/gen: ${generated.size} files, ${changed.length} changed`);
  return 0;
}

function report(changed: readonly string[]): number {
  for (const name of changed)
    console.error(`protos/gen/${name} is not what the contract says: run npm run gen`);
  return changed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof ContractError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
