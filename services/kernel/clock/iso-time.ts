/** Microseconds since the Unix epoch as ISO 8601 in UTC: to the millisecond, and further where there is more to tell. */
export function isoTime(timeUs: number): string {
  const ms = Math.floor(timeUs / 1_000);
  const text = new Date(ms).toISOString();
  const rest = timeUs - ms * 1_000;
  return rest === 0 ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
