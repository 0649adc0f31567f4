import type { DurationUs } from '../../services/kernel/codec/brand.ts';
import { valueAt } from '../config/describe-issues.ts';
import { parseDuration } from '../config/units.ts';

/** The rows that something was tried on. */
export interface TrialData {
  /** SHA-256 over the rows: the same rows have the same, whatever file they came from. */
  readonly fingerprint: string;
  readonly instruments: readonly string[];
  /** Of its bars; undefined: quotes and trades alone. */
  readonly interval: DurationUs | undefined;
  /** Market time of the first and the last bar's close; microseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** Of a run, as it was made or as it was stored. */
export function trialDataOf(run: {
  readonly inputs: { readonly profile?: unknown; readonly dataFingerprint: string };
  readonly instruments: readonly string[];
  readonly from: number;
  readonly to: number;
}): TrialData {
  const { inputs, instruments, from, to } = run;
  const interval = barIntervalOf(inputs.profile);
  return { fingerprint: inputs.dataFingerprint, instruments, interval, from, to };
}

const resolutions: Readonly<Record<string, string>> = { minute: '1m', hour: '1h', daily: '1d' };
const syntheticBars = '1m';

/** Of the feed that a profile's document names; undefined when nothing says it. */
function barIntervalOf(profile: unknown): DurationUs | undefined {
  const said = (key: string): string => String(valueAt(profile, ['feed', key]));
  if (said('kind') === 'synthetic') return parseDuration(syntheticBars);
  return parseDuration(resolutions[said('resolution')] ?? said('interval'));
}
