import type { ServiceName } from '../../infra/process/run-service.ts';

/** In the order in which they stop: what asks for orders first, what shows them last. */
export const serviceNames = [
  'market-data',
  'strategy',
  'execution',
  'risk',
  'monitor',
] as const satisfies readonly ServiceName[];
