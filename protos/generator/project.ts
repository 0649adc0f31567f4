import { join } from 'node:path';
import type { ContractFolders } from './contract.ts';

const protosFolder = join(import.meta.dirname, '..');

/** Where this project keeps its contract, and what is generated from it. */
export const projectFolders: ContractFolders = {
  protos: join(protosFolder, 'interlock'),
  imports: protosFolder,
  brandFile: join(protosFolder, '../services/kernel/codec/brand.ts'),
};

export const genFolder = join(protosFolder, 'gen');
