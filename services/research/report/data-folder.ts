import type { Asked } from '../../../infra/process/asked.ts';

/** Where runs are kept, beside what a running system keeps. */
export function dataFolderOf(asked: Asked): string {
  return asked.text('dataFolder') ?? '.interlock';
}
