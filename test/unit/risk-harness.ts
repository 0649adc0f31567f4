import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import type { LeaseGrant, LeaseRequest } from '../../protos/gen/control.ts';
import type { Instrument } from '../../protos/gen/instrument.ts';
import { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import {
  AccountEvent,
  type CashReason,
  LedgerEvent,
  PositionEvent,
  ReconciliationEvent,
  type StrategyPosition,
} from '../../protos/gen/portfolio.ts';
import { KillSwitchEvent, type RiskDecision, type TradingState } from '../../protos/gen/risk.ts';
import type { Alert } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { hexOf } from '../../services/kernel/codec/hex.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';
import { journalPage } from '../../services/kernel/journal/journal-page.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import { asAsked, type Sizing } from '../../services/kernel/sizing/sizing.ts';
import type { AccountRules, Limits } from '../../services/risk/limits.ts';
import { createRisk } from '../../services/risk/risk.ts';
import {
  account,
  anInstrument,
  anIntent,
  moneyOf,
  priceOf,
  quantityOf,
  startTime,
  venue,
  wideLimits,
} from './risk-samples.ts';
import { decisionKey, trustedKeys } from './signing-samples.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const riskLedger = brandOf.ledgerId('risk-ledger');
const executionLedger = brandOf.ledgerId('execution-ledger');

export interface HarnessOptions {
  readonly limits?: Partial<Limits>;
  readonly rules?: Partial<AccountRules>;
  readonly switches?: readonly SwitchDefinition[];
  readonly sizing?: Sizing;
}

/** Risk on the bus of a simulation, with market data, strategy and execution played by the test. */
export class RiskHarness {
  readonly clock = createManualClock({ wallUs: brandOf.timestampUs(startTime) });
  readonly network = createFifoNetwork({ clock: this.clock, encode: true });
  readonly execution: FifoBus;
  readonly others: FifoBus;
  readonly decisions: RiskDecision[] = [];
  readonly states: TradingState[] = [];
  readonly grants: LeaseGrant[] = [];
  readonly switchEvents: KillSwitchEvent[] = [];
  readonly alerts: Alert[] = [];
  readonly passedMarks: number[] = [];
  readonly failures: Error[] = [];
  executionJournal: MemoryJournal = createMemoryJournal({ ledgerId: executionLedger });
  journal: MemoryJournal = createMemoryJournal({
    ledgerId: riskLedger,
    schedule: (commit) => this.clock.after(0, commit),
  });
  localTrip: (source: string, reason: string) => void = () => {};
  /** While true, rows of execution reach its disk and not the bus. */
  losesRows = false;
  executionEpoch = brandOf.epoch(1);
  marketTime = startTime;
  reconciled = true;
  latched: string[] = [];
  risk: Service;
  riskBus: FifoBus;
  #options: HarnessOptions;
  #starts = 0;
  #nonce = 0;

  constructor(options: HarnessOptions = {}) {
    this.#options = options;
    this.execution = this.network.connect({ producer: 'execution', epoch: this.executionEpoch });
    this.others = this.network.connect({ producer: 'strategy', epoch: brandOf.epoch(1) });
    this.others.subscribe(subjects.decision.matching({}), ({ message }) => this.decisions.push(message));
    this.others.subscribe(subjects.tradingState.matching({}), ({ message }) => this.states.push(message));
    this.others.subscribe(subjects.leaseGrant.matching({}), ({ message }) => this.grants.push(message));
    this.others.subscribe(subjects.alert.matching({}), ({ message }) => this.alerts.push(message));
    this.others.subscribe(subjects.pace.matching({ stage: 'risk' }), ({ message }) =>
      this.passedMarks.push(message.number),
    );
    this.others.subscribe(subjects.killSwitchEvent.matching({}), ({ message, header }) => {
      if (header.producer === 'risk') this.switchEvents.push(message);
    });
    this.execution.serve(
      subjects.journalQuery.matching({ service: 'execution' }),
      ({ message }, reply) =>
        reply({ message: journalPage(this.executionJournal, message), eventTime: this.time }),
      subjects.journalPage.matching({}),
    );
    [this.risk, this.riskBus] = this.#startRisk();
  }

  get time() {
    return brandOf.timestampUs(this.marketTime);
  }

  /** A system that trades: instrument, quote, cash, and both sides agreed. */
  static ready(options: HarnessOptions = {}): RiskHarness {
    const harness = new RiskHarness(options);
    harness.instrument();
    harness.quote('SPY', 99.99, 100.01);
    harness.journalAccount('100000');
    harness.journalReconciliation(true);
    harness.shakeHands();
    harness.decisions.length = 0;
    return harness;
  }

  /** Ends risk as a power cut would, and starts it again on what is on its disk. */
  restartRisk(): void {
    this.journal = this.journal.crash();
    this.riskBus.disconnect();
    [this.risk, this.riskBus] = this.#startRisk();
  }

  /** As `restartRisk`, with an empty disk. */
  loseRiskJournal(): void {
    this.journal = createMemoryJournal({
      ledgerId: riskLedger,
      schedule: (commit) => this.clock.after(0, commit),
    });
    this.riskBus.disconnect();
    [this.risk, this.riskBus] = this.#startRisk();
  }

  /** Execution answers from a journal that was born anew. */
  becomeOtherLedger(): void {
    this.executionJournal = createMemoryJournal({ ledgerId: brandOf.ledgerId('other-ledger') });
  }

  /** A backup of execution's journal is restored, from before everything, and execution starts on it. */
  restoreExecutionJournal(): void {
    this.executionJournal = createMemoryJournal({ ledgerId: executionLedger });
    this.executionEpoch = brandOf.epoch(this.executionEpoch + 1);
  }

  #startRisk(): [Service, FifoBus] {
    this.#starts += 1;
    const epoch = brandOf.epoch(100 + this.#starts);
    const bus = this.network.connect({ producer: 'risk', epoch });
    bus.onFailure((error) => this.failures.push(error));
    const { limits, rules, switches, sizing } = this.#options;
    const risk = createRisk({
      bus,
      journal: this.journal,
      clock: this.clock,
      log: silent,
      epoch,
      buildHash: 'build',
      decisionKey,
      trustedKeys,
      onLocalTrip: (handler) => {
        this.localTrip = handler;
      },
      options: {
        rules: {
          account,
          venue,
          environment: 'paper',
          cashOnly: false,
          approval: { kind: 'never' },
          limits: { ...wideLimits, ...limits },
          ...rules,
        },
        limitsVersion: 'v1',
        switches: switches ?? [],
        sizing: sizing ?? asAsked,
      },
    });
    risk.start();
    this.settle();
    return [risk, bus];
  }

  /** Delivers everything, and lets the disk finish. */
  settle(): void {
    this.network.drain();
    this.clock.advance(1);
    this.network.drain();
  }

  seconds(count: number): void {
    for (let second = 0; second < count; second += 1) {
      this.clock.advance(1_000_000);
      this.network.drain();
    }
    this.settle();
  }

  instrument(overrides: Partial<Instrument> = {}): void {
    const message = anInstrument(overrides);
    const subject = subjects.instrument.of({ venue, instrument: message.instrument });
    this.others.publish({ subject, message, eventTime: this.time });
    this.settle();
  }

  quote(name: string, bidPrice: number, askPrice: number): void {
    const instrument = brandOf.instrumentId(name);
    this.others.publish({
      subject: subjects.quote.of({ venue, instrument }),
      message: { instrument, venue, bidPrice, bidSize: 100, askPrice, askSize: 100 },
      eventTime: this.time,
    });
    this.settle();
  }

  /** Sends an intent and gives the decision that came of it, if any. */
  stage(intent: OrderIntent): RiskDecision | undefined {
    const before = this.decisions.length;
    const subject = subjects.stageOrder.of({ clientOrderId: intent.clientOrderId });
    this.others.publish({ subject, message: intent, eventTime: this.time });
    this.settle();
    return this.decisions.slice(before).at(-1);
  }

  /** `approved`, or the code of the denial. */
  judge(overrides: Partial<OrderIntent>): string {
    const decision = this.stage(anIntent(overrides));
    return decision === undefined ? 'no answer' : (decision.reasons[0] ?? decision.outcome);
  }

  trip(payload: Uint8Array, source = 'test'): void {
    this.network.inject(`control.v1.kill.trip.${source}`, payload);
    this.settle();
  }

  /** A mark of the replay, on its way past strategies. */
  mark(number: number): void {
    this.sendMark('market-data', number, this.time);
    this.sendMark('strategy', number, this.time);
    this.settle();
  }

  sendMark(stage: 'market-data' | 'strategy', number: number, marketTime: TimestampUs): void {
    const message = {
      number: brandOf.sequence(number),
      feedEpoch: brandOf.epoch(1),
      marketTime,
      last: false,
    };
    this.others.publish({ subject: subjects.pace.of({ stage }), message, eventTime: marketTime });
  }

  /** Execution asks for its lease until risk is ready, as it does each second. */
  shakeHands(): void {
    for (let request = 0; request < 3; request += 1) this.askLease();
  }

  askLease(overrides: Partial<LeaseRequest> = {}): void {
    this.sendLeaseRequest(overrides);
    this.settle();
  }

  /** As `askLease`, and nothing is delivered yet. */
  sendLeaseRequest(overrides: Partial<LeaseRequest> = {}): void {
    this.#nonce += 1;
    const head = this.executionJournal.durableHead();
    const message: LeaseRequest = {
      nonce: brandOf.sequence(this.#nonce),
      ledgerId: executionLedger,
      executionEpoch: this.executionEpoch,
      journalSequence: head.sequence,
      journalHash: hexOf(head.hash),
      riskEpoch: this.grants.at(-1)?.riskEpoch ?? brandOf.epoch(0),
      reconciled: this.reconciled,
      latched: this.latched.map(brandOf.switchName),
      buildHash: 'build',
      returned: false,
      ...overrides,
    };
    this.execution.publish({ subject: subjects.leaseRequest.of({}), message, eventTime: this.time });
  }

  journalAccount(cash: string): void {
    const message: AccountEvent = {
      account,
      venue,
      currency: brandOf.currency('USD'),
      cash: moneyOf(cash),
      realizedPnl: moneyOf('0'),
      fees: moneyOf('0'),
      environment: 'paper',
    };
    this.journalRow(AccountEvent, message, subjects.accountEvent.of({ account }));
  }

  journalDeposit(amount: string): void {
    this.journalCash('deposit', amount);
  }

  /** Cash that moved without an order; the account row that follows tells what is there then. */
  journalCash(reason: CashReason, amount: string): void {
    const message: LedgerEvent = {
      body: {
        case: 'cashAdjusted',
        value: {
          account,
          venue,
          currency: brandOf.currency('USD'),
          amount: moneyOf(amount),
          reason,
          activityId: 'a',
          detail: '',
        },
      },
    };
    this.journalRow(LedgerEvent, message, subjects.ledgerEvent.of({ account }));
  }

  /** The new shares are told by the rows of position and account that follow. */
  journalSplit(name: string, numerator: number): void {
    const message: LedgerEvent = {
      body: {
        case: 'positionAdjusted',
        value: {
          ...{ account, venue, instrument: brandOf.instrumentId(name), numerator, denominator: 1 },
          quantity: brandOf.signedQuantity(0n),
          price: priceOf('0'),
          reason: 'split',
          activityId: `split of ${name}`,
          detail: '',
        },
      },
    };
    this.journalRow(LedgerEvent, message, subjects.ledgerEvent.of({ account }));
  }

  journalPosition(name: string, quantity: string, strategies: readonly StrategyPosition[] = []): void {
    const instrument = brandOf.instrumentId(name);
    const message: PositionEvent = {
      account,
      venue,
      instrument,
      quantity: brandOf.signedQuantity(parseAmount(quantity)),
      cost: moneyOf('0'),
      realizedPnl: moneyOf('0'),
      fees: moneyOf('0'),
      environment: 'paper',
      strategies,
    };
    this.journalRow(PositionEvent, message, subjects.positionEvent.of({ account, instrument }));
  }

  journalReconciliation(converged: boolean): void {
    const message: ReconciliationEvent = {
      account,
      venue,
      converged,
      ordersChecked: 0,
      fillsApplied: 0,
      differences: converged ? [] : ['cash differs by 1'],
      details: [],
      executionEpoch: this.executionEpoch,
    };
    this.journalRow(ReconciliationEvent, message, subjects.settlement.of({ account }));
  }

  journalSwitch(message: KillSwitchEvent): void {
    this.journalRow(KillSwitchEvent, message, subjects.killSwitchEvent.of({ name: message.name }));
  }

  journalOrder(
    intent: OrderIntent,
    overrides: Partial<OrderEvent> & Pick<OrderEvent, 'state' | 'body'>,
  ): void {
    const message: OrderEvent = {
      clientOrderId: intent.clientOrderId,
      account: intent.account,
      strategy: intent.strategy,
      venue: intent.venue,
      instrument: intent.instrument,
      side: intent.side,
      quantity: intent.quantity,
      filledQuantity: quantityOf('0'),
      leavesQuantity: intent.quantity,
      ignored: false,
      flags: [],
      groupId: intent.groupId,
      environment: intent.environment,
      ...overrides,
    };
    this.journalRow(OrderEvent, message, subjects.orderEvent.of({ clientOrderId: intent.clientOrderId }));
  }

  /** What execution journals of an order that risk approved and the venue accepted. */
  journalWorking(intent: OrderIntent): void {
    this.journalOrder(intent, {
      state: 'staged',
      body: { case: 'staged', value: { intent: OrderIntent.encode(intent) } },
    });
    this.journalOrder(intent, {
      state: 'working',
      body: { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('v') } },
    });
  }

  /** The last quantity of an order that has worked, with the ledger's rows after it. */
  journalFilled(intent: OrderIntent, fill: { price: string; position: string; cash: string }): void {
    this.journalOrder(intent, {
      state: 'filled',
      filledQuantity: intent.quantity,
      leavesQuantity: quantityOf('0'),
      body: {
        case: 'filled',
        value: {
          executionId: brandOf.executionId(`fill of ${intent.clientOrderId}`),
          quantity: intent.quantity,
          price: priceOf(fill.price),
          fees: moneyOf('0'),
          venueTime: this.time,
          inferred: false,
        },
      },
    });
    this.journalPosition(intent.instrument, fill.position);
    this.journalAccount(fill.cash);
  }

  /** `publish: false`: the row's message is lost on the bus. */
  journalRow<T>(
    type: MessageType<T>,
    message: T,
    subject: { readonly name: string; readonly type: MessageType<T>; readonly raw: boolean },
    options: { readonly publish: boolean } = { publish: !this.losesRows },
  ): void {
    const [row] = this.executionJournal.append([
      { aggregate: subject.name, type: type.name, time: this.time, payload: type.encode(message) },
    ]);
    this.executionJournal.commit();
    if (options.publish && row !== undefined) {
      this.execution.publish({ subject, message, eventTime: this.time, producerSequence: row.sequence });
    }
    this.settle();
  }
}
