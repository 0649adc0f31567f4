import type { OrderView } from '../order-view.ts';
import type { DenialCode } from './denial-reasons.ts';

export interface Check {
  readonly code: DenialCode;
  /** The figures of a denial; undefined lets the order through. May throw AmountOverflow. */
  readonly check: (view: OrderView) => string | undefined;
}
