import { createZoneOffset } from '../../services/kernel/clock/zone-offset.ts';
import { exitCodes, UserError } from '../process/user-error.ts';

/** Reads times as files write them, as microseconds since the epoch; NaN for what is no time. */
export interface BarTime {
  /** ISO 8601, or seconds, milliseconds or microseconds since the epoch, told apart by their number of digits. */
  ofText(text: string): number;
  /** Of a whole number since the epoch, by its number of digits. */
  ofEpoch(value: number): number;
  /** Of a local time in the file's zone, as microseconds since a local 1970-01-01. */
  ofLocal(localUs: number): number;
  /**
   * Takes note that a time names a zone or names none; false when one before it did otherwise, and nobody can know
   * what either means.
   */
  isLikeOthers(hasZone: boolean): boolean;
  /** Local time less UTC in microseconds. */
  offsetAt(time: number): number;
}

const dayUs = 86_400_000_000;
const quarterUs = 15 * 60_000_000;

/** `timeZone` is an IANA name: where the clocks hung that wrote times without a zone. Throws a UserError. */
export function createBarTime(timeZone: string): BarTime {
  const offsetAt = timeZone === 'UTC' ? () => 0 : zoneOffsetOf(timeZone);
  const ofLocal = timeZone === 'UTC' ? (localUs: number) => localUs : localReader(offsetAt);
  let haveZones: boolean | undefined;
  function isLikeOthers(hasZone: boolean): boolean {
    haveZones ??= hasZone;
    return haveZones === hasZone;
  }
  return {
    isLikeOthers,
    ofLocal,
    offsetAt,
    ofEpoch,
    ofText(text) {
      if (/^\d+$/.test(text)) return ofEpoch(Number(text));
      const match = isoTime.exec(text)?.groups;
      if (match === undefined) return Number.NaN;
      const { date = '', hour = '00', minute = '00', second = '00', fraction = '', zone } = match;
      const ms = Date.parse(`${date}T${hour}:${minute}:${second}Z`);
      // JavaScript takes 2024-02-30 for the first of March.
      if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return Number.NaN;
      if (!isLikeOthers(zone !== undefined)) return Number.NaN;
      const localUs = ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
      return zone === undefined ? ofLocal(localUs) : localUs - zoneUs(zone);
    },
  };
}

const isoTime =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/;

function zoneUs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000_000;
}

/** Seconds from 1973 to 5138, milliseconds from 1973, microseconds from 1973: no number means two times. */
function ofEpoch(value: number): number {
  if (!Number.isSafeInteger(value)) return Number.NaN;
  if (value >= 1e8 && value < 1e11) return value * 1e6;
  if (value >= 1e11 && value < 1e14) return value * 1e3;
  return value >= 1e14 ? value : Number.NaN;
}

function zoneOffsetOf(timeZone: string): (time: number) => number {
  try {
    return createZoneOffset(timeZone);
  } catch (cause) {
    throw new UserError(
      exitCodes.configuration,
      `--timezone: expected a zone such as America/New_York, found ${JSON.stringify(timeZone)}.`,
      { cause },
    );
  }
}

/**
 * A time that the clocks passed twice, in autumn, is the first of the two; one that they jumped over, in spring, is
 * no time.
 */
function localReader(offsetAt: (time: number) => number): (localUs: number) => number {
  let quarter = Number.NaN;
  let offset = Number.NaN;
  return (localUs) => {
    const asked = Math.floor(localUs / quarterUs);
    if (asked !== quarter) {
      quarter = asked;
      const around = [offsetAt(localUs - dayUs), offsetAt(localUs + dayUs)].sort((one, other) => other - one);
      offset = around.find((each) => offsetAt(asked * quarterUs - each) === each) ?? Number.NaN;
    }
    return localUs - offset;
  };
}
