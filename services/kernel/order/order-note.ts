import type { OrderContext, OrderFlag } from './order.ts';

/** The event changed what is known. */
export function changed(
  context: OrderContext,
  changes: Partial<OrderContext>,
  flags: readonly OrderFlag[] = [],
): OrderContext {
  return { ...context, ...changes, flags: union(context.flags, flags), note: { ignored: false, flags } };
}

/** The event came too late or twice: recorded, nothing changed. */
export function ignored(context: OrderContext, flags: readonly OrderFlag[] = []): OrderContext {
  return { ...context, flags: union(context.flags, flags), note: { ignored: true, flags } };
}

/** The event must not have come: recorded, nothing changed, and a person is told. */
export function quarantined(context: OrderContext): OrderContext {
  return ignored(context, ['UNEXPECTED_EVENT']);
}

function union(known: readonly OrderFlag[], added: readonly OrderFlag[]): readonly OrderFlag[] {
  const fresh = added.filter((flag) => !known.includes(flag));
  return fresh.length === 0 ? known : [...known, ...fresh];
}
