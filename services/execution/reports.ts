import { assertNever } from '../kernel/assert-never.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';
import type { OrderBody } from '../kernel/order/order.ts';
import type { VenueReport } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { Evidence } from './evidence.ts';
import type { Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface ReportPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly evidence: Evidence;
  readonly alerts: Alerts;
  /** A fill or activity before this one has not come. */
  readonly onHole: () => void;
  /** The venue tells of something that is not ours. */
  readonly onForeign: (detail: string) => void;
}

/** What the venue tells on its own, in whatever order and however often. */
export class Reports {
  readonly #ports: ReportPorts;

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  take(report: VenueReport): void {
    const { turn, evidence, onHole } = this.#ports;
    turn.run(() => this.#apply(report));
    if (evidence.hasHole) onHole();
  }

  #apply(report: VenueReport): void {
    const { evidence, onForeign } = this.#ports;
    switch (report.kind) {
      case 'filled':
        if (!evidence.takeReport(report)) onForeign(`a fill of order ${report.fill.clientOrderId}`);
        return;
      case 'fillBusted':
      case 'fillCorrected':
        if (!evidence.takeReport(report)) onForeign(`${report.kind} of order ${report.clientOrderId}`);
        return;
      case 'activity':
        evidence.takeActivity(report.activity);
        return;
      case 'accepted': {
        const { clientOrderId, venueOrderId } = report;
        this.#change(clientOrderId, { case: 'accepted', value: { venueOrderId } });
        return;
      }
      case 'rejected': {
        const { clientOrderId, code, reason } = report;
        this.#change(clientOrderId, { case: 'rejected', value: { code, reason } });
        return;
      }
      case 'canceled':
      case 'expired':
        this.#change(report.clientOrderId, { case: report.kind, value: { reason: report.reason } });
        return;
      case 'replaced': {
        const { clientOrderId, requestId, venueOrderId, quantity, limitPrice, stopPrice } = report;
        const value = { requestId, venueOrderId, quantity, limitPrice, stopPrice };
        this.#change(clientOrderId, { case: 'replaced', value });
        return;
      }
      default:
        assertNever(report);
    }
  }

  #change(id: ClientOrderId, body: OrderBody): void {
    const { orders, alerts, onForeign } = this.#ports;
    const entry = orders.find(id);
    if (entry !== undefined) {
      orders.change(entry, body);
      return;
    }
    alerts.raise('critical', {
      code: 'UNKNOWN_ORDER',
      text: `The venue reports ${body.case} of order ${id}, which this system never made.`,
      about: id,
    });
    onForeign(`${body.case} of order ${id}`);
  }
}
