import type { OrderEvent } from '../../protos/gen/order.ts';
import type { Alert, AlertSeverity } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import type { Log } from '../kernel/log/log.ts';
import { formatAmount } from '../kernel/money/amount.ts';

export type AlertContent = Pick<Alert, 'code' | 'text' | 'about' | 'account' | 'strategy'>;

/** Tells people. What cannot be published while the bus is away stands in the log. */
export class Alerts {
  readonly #ports: { readonly bus: Bus; readonly log: Log; readonly marketTime: () => TimestampUs };

  constructor(ports: { readonly bus: Bus; readonly log: Log; readonly marketTime: () => TimestampUs }) {
    this.#ports = ports;
  }

  raise(severity: AlertSeverity, content: AlertContent): void {
    const { bus, log, marketTime } = this.#ports;
    const published = bus.publish({
      subject: subjects.alert.of({ severity }),
      message: { severity, service: 'execution', ...content },
      eventTime: marketTime(),
    });
    log.warn(content.text, { severity, code: content.code, about: content.about, published: published.ok });
  }

  /** Every mark on a row is something a person should know, and so is that one has to sign. */
  onOrderChange(event: OrderEvent): void {
    if (event.state === 'awaitingApproval' && !event.ignored) this.#tellWaiting(event);
    for (const flag of event.flags) {
      this.raise(flag === 'CANCEL_UNCONFIRMED' ? 'critical' : 'warning', {
        code: flag,
        text: `${flag}: ${event.body.case} of order ${event.clientOrderId}, ${event.side} ${event.instrument}, now ${event.state}.`,
        about: event.clientOrderId,
        account: event.account,
        strategy: event.strategy,
      });
    }
  }

  #tellWaiting({ clientOrderId, account, strategy, side, quantity, instrument }: OrderEvent): void {
    this.raise('warning', {
      code: 'APPROVAL_WAITS',
      text: `Order ${clientOrderId} waits for a person: ${side} ${formatAmount(quantity)} ${instrument}; see "npx --no interlock approve".`,
      about: clientOrderId,
      ...{ account, strategy },
    });
  }
}
