import { type Contract, ContractError } from './contract.ts';
import { extendLock, type Lock } from './lock.ts';
import { areaSource, registrySource } from './source.ts';

/** Every file of protos/gen by its name. Throws a ContractError if the contract breaks the committed lock. */
export function generatedFiles(
  contract: Contract,
  lockText: string | undefined,
): ReadonlyMap<string, string> {
  const lock = extendLock(lockText === undefined ? {} : parseLock(lockText), contract);
  return new Map([
    ...contract.areas.map((area) => [`${area.name}.ts`, areaSource(area, contract)] as const),
    ['registry.ts', registrySource(contract)],
    ['lock.json', `${JSON.stringify(lock, null, 2)}\n`],
  ]);
}

function parseLock(text: string): Lock {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError('protos/gen/lock.json is not JSON; take it back from git', { cause });
  }
}
