import { isoTime } from '../../kernel/clock/iso-time.ts';
import { counted } from '../report/wording.ts';

/** What a service said went wrong, and how far the run was. */
export interface Failure {
  readonly message: string;
  /** As the service logs them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Market time of the newest instant; 0 before the first. */
  readonly time: number;
  readonly bars: number;
}

/** For the author of a strategy: what threw, when, and the lines of their own that led there. */
export function failureText({ message, fields: { strategy, where, stack }, time, bars }: Failure): string {
  const what = strategy === undefined ? message : `strategy ${String(strategy)} threw ${placeOf(where)}`;
  const when =
    time === 0 ? 'before the first bar' : `${isoTime(time)} of the market, after ${counted(bars, 'bar')}`;
  return `${what}, ${when}: ${typeof stack === 'string' ? authorsStack(stack) : message}`;
}

/** `where` is the id of the input that a strategy was told, or the function that makes it. */
function placeOf(where: unknown): string {
  const place = String(where);
  if (place.endsWith('()')) return `in ${place}`;
  return place.startsWith('history.') ? `at ${place}, while it warmed up` : `at ${place}`;
}

const root = new URL('../../../', import.meta.url).href;
const ours = [`${root}services/`, `${root}infra/`];
const shipped = `${root}services/strategy/library/`;

/** Without how the services came to call it: nobody can mend a strategy there. All of it when nothing else is left. */
function authorsStack(stack: string): string {
  const lines = stack.split('\n');
  const last = lines.findLastIndex((line) => /^ +at /.test(line) && isAuthors(line));
  return last < 0 ? stack : lines.slice(0, last + 1).join('\n');
}

function isAuthors(frame: string): boolean {
  if (frame.includes(shipped)) return true;
  return /:\d+:\d+\)?$/.test(frame) && !/\bnode:/.test(frame) && !ours.some((path) => frame.includes(path));
}
