import type { OperatorKey } from '../../protos/gen/authority.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Epoch } from '../kernel/codec/brand.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { SwitchDefinition } from '../kernel/kill-switch/switch-definition.ts';
import type { Log } from '../kernel/log/log.ts';
import type { Sizing } from '../kernel/sizing/sizing.ts';
import type { AccountRules } from './limits.ts';

export interface RiskOptions {
  readonly rules: AccountRules;
  /** Hash of limits and switches; decisions name it. */
  readonly limitsVersion: string;
  readonly switches: readonly SwitchDefinition[];
  readonly sizing: Sizing;
}

export interface RiskPorts {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: Epoch;
  readonly buildHash: string;
  /** Shared by risk and execution alone: see kernel/signing/authentication.ts. */
  readonly decisionKey: Uint8Array;
  /** People whose signatures count from the start. */
  readonly trustedKeys: readonly OperatorKey[];
  readonly options: RiskOptions;
  /** Trips the manual switch without the bus: the kill file, a signal. */
  readonly onLocalTrip?: ((handler: (source: string, reason: string) => void) => void) | undefined;
}

/** Every wait and every memory of the service. Times are monotonic microseconds. */
export const bounds = {
  tickUs: 1_000_000,
  /** A decision that execution has not answered is sent again after this long, so many a tick. */
  decisionResendUs: 1_000_000,
  decisionResendsMax: 200,
  /** Orders that are over whose id and digest are remembered; execution remembers all. */
  knownOrdersMax: 100_000,
  /** Orders that are looked at, with each new one, for some that are over. */
  forgetLooksMax: 100,
  instrumentTimeoutUs: 2_000_000,
  /** What a start of execution sent last is on its way for so long after its lease; clocks may differ by as much. */
  leaseGraceUs: 500_000,
  /** A start that gets no lease and asks for so long is no message that was late. */
  rivalUs: 2_000_000,
} as const;
