import type { OrderContext, OrderFlag, OrderNote } from './order.ts';

const noFlags: readonly OrderFlag[] = [];

/** The event changed what is known. */
export function changed(
  context: OrderContext,
  changes: Partial<OrderContext>,
  flags: readonly OrderFlag[] = noFlags,
): OrderContext {
  return noted(context, changes, { ignored: false, flags });
}

/** The event came too late or twice: recorded, nothing changed. */
export function ignored(context: OrderContext, flags: readonly OrderFlag[] = noFlags): OrderContext {
  return noted(context, {}, { ignored: true, flags });
}

/** The event must not have come: recorded, nothing changed, and a person is told. */
export function quarantined(context: OrderContext): OrderContext {
  return ignored(context, ['UNEXPECTED_EVENT']);
}

type Draft = { -readonly [Field in keyof OrderContext]: OrderContext[Field] };

/** Every context has all fields, so a plain copy, which keeps its shape, takes a quarter of the time of a spread of both. */
function noted(context: OrderContext, changes: Partial<OrderContext>, note: OrderNote): OrderContext {
  const next: Draft = Object.assign({ ...context }, changes);
  next.flags = union(context.flags, note.flags);
  next.note = note;
  return next;
}

function union(known: readonly OrderFlag[], added: readonly OrderFlag[]): readonly OrderFlag[] {
  if (added.length === 0) return known;
  const fresh = added.filter((flag) => !known.includes(flag));
  return fresh.length === 0 ? known : [...known, ...fresh];
}
