import { callMethod, isFunction } from './members.ts';
import type { Tape } from './tape.ts';

interface Face {
  /** Such as a gateway's name of its venue: read once, they do not change. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly methods: readonly string[];
}

/**
 * Any port whose arguments and results are plain values: methods become calls on the tape, functions among the
 * arguments ways into the service, promises answers that come later. In a replay the port is never opened.
 */
export function tapedPort<T extends object>(tape: Tape, name: string, open: () => T): T {
  let real: T | undefined;
  const { values, methods } = tape.call(`${name}.open`, undefined, (): Face => {
    real = open();
    return faceOf(real);
  });
  const perform = (method: string, given: readonly unknown[]): unknown => {
    if (real === undefined) throw new Error(`${name} is not there in a replay`);
    return callMethod(real, method, given);
  };
  const taped: T = Object.create(null);
  for (const [key, value] of Object.entries(values)) Reflect.set(taped, key, value);
  for (const method of methods) {
    const call = `${name}.${method}`;
    Reflect.set(taped, method, (...given: readonly unknown[]) => {
      const { plain, handed } = handOut(tape, call, given);
      return performed({ tape, call, plain }, () => perform(method, handed));
    });
  }
  return taped;
}

/** Stands on the tape for a promise. */
const later = 'answered later';

function performed(
  { tape, call, plain }: { readonly tape: Tape; readonly call: string; readonly plain: unknown },
  perform: () => unknown,
): unknown {
  let answer: Promise<void> | undefined;
  const result = tape.call(call, plain, () => {
    const given = perform();
    if (!(given instanceof Promise)) return listed(given);
    answer = given;
    return later;
  });
  if (result !== later) return result;
  return tape.callLater(`${call} answer`, undefined, () => answer ?? Promise.resolve());
}

/** A generator is read out: a tape holds what it gave. */
function listed(result: unknown): unknown {
  return result instanceof Iterator ? [...result] : result;
}

/** Arguments as the tape keeps them and as the port gets them: functions, also in an object of handlers, are ways. */
function handOut(
  tape: Tape,
  call: string,
  given: readonly unknown[],
): { readonly plain: unknown; readonly handed: readonly unknown[] } {
  const plain: unknown[] = [];
  const handed: unknown[] = [];
  for (const value of given) {
    const one = handOutOne(tape, call, value);
    plain.push(one.plain);
    handed.push(one.handed);
  }
  return { plain: plain.length === 0 ? undefined : plain, handed };
}

function handOutOne(
  tape: Tape,
  call: string,
  value: unknown,
): { readonly plain: unknown; readonly handed: unknown } {
  if (isFunction(value)) {
    const way = tape.way<readonly unknown[] | undefined>(`${call} answer`, (given) =>
      value(...(given ?? [])),
    );
    const enter = (...given: readonly unknown[]): unknown =>
      way.enter(given.length === 0 ? undefined : given, () => value(...given));
    return { plain: { way: way.number }, handed: enter };
  }
  if (typeof value !== 'object' || value === null || !Object.values(value).some(isFunction)) {
    return { plain: value, handed: value };
  }
  const fields = Object.entries(value).map(([key, field]) => ({
    key,
    ...handOutOne(tape, `${call}.${key}`, field),
  }));
  return {
    plain: Object.fromEntries(fields.map(({ key, plain }) => [key, plain])),
    handed: Object.fromEntries(fields.map(({ key, handed }) => [key, handed])),
  };
}

/** Own members of an object and those of its class. */
function faceOf(real: object): Face {
  const values: Record<string, unknown> = {};
  const methods: string[] = [];
  for (let level: object | null = real; level !== null && level !== Object.prototype; ) {
    for (const key of Object.getOwnPropertyNames(level)) {
      if (key === 'constructor' || key in values || methods.includes(key)) continue;
      const value: unknown = Reflect.get(real, key);
      if (isFunction(value)) methods.push(key);
      else values[key] = value;
    }
    level = Object.getPrototypeOf(level);
  }
  return { values, methods };
}
