import type { ProducerHead, ServiceState } from '../../../protos/gen/system.ts';
import type { JournalHead } from '../journal/journal.ts';

/** What every service gives to the process that hosts it. */
export interface Service {
  /** Subscribes and begins; called once. */
  start(): void;
  /** Orderly end: nothing of the service runs after it resolves. */
  stop(): Promise<void>;
  health(): ServiceHealth;
}

export interface ServiceHealth {
  readonly state: ServiceState;
  /** What it waits for or lacks, each a short phrase. */
  readonly reasons: readonly string[];
  readonly journal?: JournalHead | undefined;
  readonly applied: readonly ProducerHead[];
}
