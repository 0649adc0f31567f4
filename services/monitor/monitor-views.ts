import type { OrderState } from '../../protos/gen/order.ts';
import type { TradingState } from '../../protos/gen/risk.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { AccountId, ClientOrderId } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import type { ProjectionStore } from '../kernel/projection/projection-store.ts';
import type { AlertList } from './alert-list.ts';
import { approvalViews } from './approval-views.ts';
import type { AuthorityBook } from './authority-book.ts';
import { reconciliationView } from './difference-views.ts';
import { exitViews } from './exit-views.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { Market } from './market.ts';
import { fillView, milestoneCounts, orderViews, orderWithHistory } from './order-views.ts';
import { decimal, timeFields } from './plain-fields.ts';
import { accountFigures, accountView, newestReconciliation, positionViews } from './portfolio-views.ts';
import type { ServiceList } from './service-list.ts';
import type { SwitchBook } from './switch-book.ts';

/** The trading state as last heard, and when, on the monotonic clock. */
export interface HeardTradingState {
  readonly state: TradingState;
  readonly atUs: number;
}

export interface ViewSources {
  readonly store: ProjectionStore;
  readonly market: Market;
  readonly account: AccountId;
  readonly clock: Clock;
  readonly switches: SwitchBook;
  readonly services: ServiceList;
  readonly alerts: AlertList;
  readonly authority: AuthorityBook;
  readonly execution: Pick<JournalKeeper, 'applied' | 'complete' | 'ledgerId' | 'verified'>;
  readonly risk: () => JsonObject;
  readonly tradingState: () => HeardTradingState | undefined;
}

/** In the status, which is one screen; all of them have a list of their own. */
const listedInStatusMax = 20;

/** States in which the venue may hold the order. */
const liveStates: readonly OrderState[] = [
  'submitting',
  'unknown',
  'working',
  'partiallyFilled',
  'pendingCancel',
  'pendingReplace',
];

/**
 * What the monitor answers, as plain JSON. Amounts are exact decimals in text, times market time; `null` means not
 * known yet.
 */
export class MonitorViews {
  readonly #sources: ViewSources;

  constructor(sources: ViewSources) {
    this.#sources = sources;
  }

  /** What an operator looks at first. */
  status(): JsonObject {
    const { store, market, switches, services, alerts, execution, risk } = this.#sources;
    const { state, ageSeconds } = this.#tradingState();
    const byState = store.countByState();
    return {
      tradingState: state?.mode ?? null,
      reasons: state?.reasons ?? [],
      riskReady: state?.riskReady ?? null,
      tradingStateAgeSeconds: ageSeconds,
      marketTime: market.now === 0 ? null : timeFields(market.now).time,
      feed: this.#feed(),
      ...this.#moneyFields(),
      openOrders: liveStates.reduce((sum, live) => sum + (byState.get(live) ?? 0), 0),
      ordersByState: Object.fromEntries(byState),
      latchedSwitches: switches.latched,
      trippedSwitches: switches.view().filter(({ level }) => level === 'tripped'),
      approvals: approvalViews(this.#sources, listedInStatusMax),
      exits: exitViews(this.#sources, { isUnderWay: true, limit: listedInStatusMax }),
      differences: newestReconciliation(this.#sources)?.event.differences.slice(0, listedInStatusMax) ?? [],
      services: Object.fromEntries(services.view().map(({ service, state: its }) => [String(service), its])),
      criticalAlerts: alerts.countCritical(),
      newestAlert: alerts.view(1)[0] ?? null,
      ledgerId: execution.ledgerId ?? null,
      journals: {
        execution: { applied: execution.applied, complete: execution.complete, verified: execution.verified },
        risk: risk(),
      },
      limitsVersion: state?.limitsVersion ?? null,
      environment: state?.environment ?? null,
    };
  }

  /** Newest first. */
  orders(filter: { readonly state?: OrderState | undefined; readonly limit: number }): JsonObject {
    return { orders: orderViews(this.#sources.store, filter) };
  }

  /** Undefined for an order that is not known. */
  order(id: ClientOrderId): JsonObject | undefined {
    return orderWithHistory(this.#sources.store, id);
  }

  /** Newest first. */
  fills(limit: number): JsonObject {
    return { fills: this.#sources.store.fills(limit).map(fillView) };
  }

  positions(): JsonObject {
    return { positions: positionViews(this.#sources) };
  }

  /** Undefined before the account's first row. */
  account(): JsonObject | undefined {
    const figures = accountFigures(this.#sources);
    return figures && accountView(figures);
  }

  /** Where books and venue differ, as last compared up to the row that was applied last. */
  reconciliation(): JsonObject {
    return { ...reconciliationView(this.#sources), applied: this.#sources.execution.applied };
  }

  switches(): JsonObject {
    return { switches: this.#sources.switches.view() };
  }

  /** Newest first. */
  alerts(limit: number): JsonObject {
    return { alerts: this.#sources.alerts.view(limit) };
  }

  /** Orders that wait for a signature, newest first. */
  approvals(limit: number): JsonObject {
    return { approvals: approvalViews(this.#sources, limit) };
  }

  /** Signed acts and forgeries, and what became of them; newest first. */
  authority(limit: number): JsonObject {
    return { authority: this.#sources.authority.view(limit) };
  }

  keyring(): JsonObject {
    return { keys: this.#sources.authority.keyring() };
  }

  /** Newest first. */
  exits(limit: number): JsonObject {
    return { exits: exitViews(this.#sources, { limit }) };
  }

  services(): JsonObject {
    return { services: this.#sources.services.view() };
  }

  /** A run in figures. Whether the journal is sound is for its reader to prove. */
  summary(): JsonObject {
    const { store, market, execution } = this.#sources;
    return {
      ticks: market.feed?.ticks ?? 0,
      orders: milestoneCounts(store),
      fills: store.countFills(),
      ...this.#moneyFields(),
      tradingState: this.#tradingState().state?.mode ?? null,
      journal: { events: execution.applied },
    };
  }

  #tradingState(): { readonly state: TradingState | undefined; readonly ageSeconds: number | null } {
    const heard = this.#sources.tradingState();
    if (heard === undefined) return { state: undefined, ageSeconds: null };
    const ageSeconds = Math.floor((this.#sources.clock.monotonicUs() - heard.atUs) / 1e6);
    return { state: heard.state, ageSeconds };
  }

  #feed(): JsonObject | null {
    const { feed } = this.#sources.market;
    if (feed === undefined) return null;
    const { feed: state, market, ticks, staleInstruments, reason } = feed;
    return { state, market, ticks, staleInstruments, reason };
  }

  #moneyFields(): JsonObject {
    const figures = accountFigures(this.#sources);
    return {
      cash: decimal(figures?.event.cash),
      equity: decimal(figures?.equity),
      realizedPnl: decimal(figures?.event.realizedPnl),
      unrealizedPnl: decimal(figures?.unrealizedPnl),
      fees: decimal(figures?.event.fees),
      currency: figures?.event.currency ?? null,
      reconciled: newestReconciliation(this.#sources)?.event.converged ?? null,
    };
  }
}
