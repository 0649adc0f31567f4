import { callMethod, isFunction } from './members.ts';
import type { Tape } from './tape.ts';

interface Asked {
  readonly method: string;
  readonly given: readonly unknown[];
}

/** A service's own face, as the world asks it: every call is an input, and what it gives back is compared. */
export function tapedFace<T extends object>(tape: Tape, name: string, face: T): T {
  const way = tape.way<Asked>(name, ({ method, given }) => callMethod(face, method, given));
  return new Proxy(face, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (!isFunction(member) || typeof key !== 'string') return member;
      return (...given: readonly unknown[]) =>
        way.enter({ method: key, given }, () => Reflect.apply(member, target, given));
    },
  });
}
