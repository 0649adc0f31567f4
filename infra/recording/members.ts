type Callable = (...given: readonly unknown[]) => unknown;

export function isFunction(value: unknown): value is Callable {
  return typeof value === 'function';
}

export function callMethod(object: object, name: string, given: readonly unknown[]): unknown {
  const whole: object & Readonly<Record<string, unknown>> = Object(object);
  const method = whole[name];
  if (!isFunction(method)) throw new Error(`there is no method ${name}`);
  return Reflect.apply(method, object, given);
}
