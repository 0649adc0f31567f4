import type { Clock } from '../../services/kernel/clock/clock.ts';

/**
 * Something that may happen a thousand times a second is said at once, and then at most once in an interval with the
 * last of it and the count since. All of it is said in the end: what follows within the interval when that is over,
 * and what could not be said (`say` answers false) again after each further one.
 */
export function paceWords<T>(
  { clock, intervalUs }: { readonly clock: Clock; readonly intervalUs: number },
  say: (last: T, count: number) => boolean,
): (what: T) => void {
  let newest: T;
  let unsaid = 0;
  let isWaiting = false;

  function speak(): void {
    if (say(newest, unsaid)) unsaid = 0;
    isWaiting = true;
    clock.after(intervalUs, () => {
      isWaiting = false;
      if (unsaid > 0) speak();
    });
  }

  return (what) => {
    newest = what;
    unsaid += 1;
    if (!isWaiting) speak();
  };
}
