import { Bar, CorporateAction, Quote } from '../../protos/gen/market.ts';
import { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import { PositionEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { RecordedInput } from '../kernel/recording/recording.ts';
import type { InstanceInput } from './instance.ts';

/** A recorded input as the instance is told it: live and after a restart from the same bytes. */
export function inputOf(recorded: RecordedInput): InstanceInput {
  const { kind, id, time, payload } = recorded;
  switch (kind) {
    case 'bar':
    case 'warmUpBar':
      return { kind: 'bar', id, time, bar: Bar.decode(payload), warmUp: kind === 'warmUpBar' };
    case 'quote':
      return { kind, id, time, quote: Quote.decode(payload) };
    case 'action':
    case 'warmUpAction': {
      const action = CorporateAction.decode(payload);
      return { kind: 'action', id, time, action, warmUp: kind === 'warmUpAction' };
    }
    case 'order':
    case 'warmUpOrder':
      return { kind: 'order', id, time, event: OrderEvent.decode(payload), warmUp: kind === 'warmUpOrder' };
    case 'position':
      return { kind, id, time, event: PositionEvent.decode(payload) };
    case 'lapsed':
      return { kind, id, time, intent: OrderIntent.decode(payload) };
    default:
      return assertNever(kind);
  }
}

/** How an input is kept. */
export function kindOf(input: InstanceInput): RecordedInput['kind'] {
  if (input.kind === 'bar') return input.warmUp ? 'warmUpBar' : 'bar';
  if (input.kind === 'action') return input.warmUp ? 'warmUpAction' : 'action';
  if (input.kind === 'order') return input.warmUp ? 'warmUpOrder' : 'order';
  return input.kind;
}
