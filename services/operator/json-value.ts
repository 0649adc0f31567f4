/** A member deep inside parsed JSON; undefined where there is none. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

/** A member for a person to read: lists by commas, absent ones empty. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  return textOf(valueAt(value, ...path));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, member]) => `${name} ${textOf(member)}`)
    .join(', ');
}

export function arrayAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** For spreading: a value that is no object has no members. */
export function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
