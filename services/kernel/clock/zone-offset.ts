/** Zones change their offset on quarters of an hour at the earliest, and asking Intl is slow. */
const offsetSpanUs = 15 * 60_000_000;
const dayUs = 86_400_000_000;
const spansPerDay = dayUs / offsetSpanUs;
/** Remembered, for whoever compares now with another time, such as the opening of the day; beyond, the oldest goes. */
const spansKnownMax = 128;

/** Local time less UTC in microseconds, of an IANA zone such as America/New_York, at a time in microseconds. */
export function createZoneOffset(timeZone: string): (time: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const knownOffsetsUs = new Map<number, number>();

  /** Two times are asked about in turn: now, and the one it is compared with. */
  let newest = { from: Number.NaN, to: Number.NaN, offsetUs: 0 };
  let former = newest;

  return (time) => {
    if (time >= newest.from && time < newest.to) return newest.offsetUs;
    if (time >= former.from && time < former.to) return former.offsetUs;
    former = newest;
    newest = spanAt(time);
    return newest.offsetUs;
  };

  /** A day that begins as the next one does, for no zone changes twice within a day; else a quarter of an hour. */
  function spanAt(time: number): typeof newest {
    const day = Math.floor(time / dayUs);
    const offsetUs = offsetUsOf(day * spansPerDay);
    if (offsetUs === offsetUsOf((day + 1) * spansPerDay)) {
      return { from: day * dayUs, to: (day + 1) * dayUs, offsetUs };
    }
    const span = Math.floor(time / offsetSpanUs);
    return { from: span * offsetSpanUs, to: (span + 1) * offsetSpanUs, offsetUs: offsetUsOf(span) };
  }

  function offsetUsOf(span: number): number {
    const known = knownOffsetsUs.get(span);
    if (known !== undefined) return known;
    const startMs = (span * offsetSpanUs) / 1000;
    const part = new Map(format.formatToParts(startMs).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
    const localMs = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
    const offsetUs = (localMs - startMs) * 1000;
    knownOffsetsUs.set(span, offsetUs);
    if (knownOffsetsUs.size > spansKnownMax) {
      for (const oldest of knownOffsetsUs.keys()) {
        knownOffsetsUs.delete(oldest);
        break;
      }
    }
    return offsetUs;
  }
}
