import { AuthorityEvent, KeyringChange, OperatorPresent } from '../../../protos/gen/authority.ts';
import { KillReset, KillResume, LeaseGrant, LeaseRequest } from '../../../protos/gen/control.ts';
import { Instrument, InstrumentList, InstrumentQuery } from '../../../protos/gen/instrument.ts';
import {
  Bar,
  CorporateAction,
  FeedStatus,
  History,
  HistoryQuery,
  OptionChain,
  Quote,
  Trade,
} from '../../../protos/gen/market.ts';
import {
  ApproveOrder,
  CancelOrder,
  ExitEvent,
  ExitPosition,
  GroupEvent,
  OrderEvent,
  OrderIntent,
  RejectOrder,
  ReplaceOrder,
} from '../../../protos/gen/order.ts';
import {
  AcceptDifferences,
  AccountEvent,
  LedgerEvent,
  PositionEvent,
  ReconciliationEvent,
} from '../../../protos/gen/portfolio.ts';
import { ResearchJob, ResearchResult } from '../../../protos/gen/research.ts';
import { KillSwitchEvent, RiskDecision, TradingState } from '../../../protos/gen/risk.ts';
import { Alert, Heartbeat, JournalPage, JournalQuery, Pace } from '../../../protos/gen/system.ts';
import { AnyBytes } from '../codec/any-bytes.ts';
import { defineSubject } from './subject.ts';

/**
 * What strategies and people ask for is copied into journals and into messages about it, all of which have to be
 * carried as well: what nobody can be told of any more would be a hole in the journal for ever.
 */
const requestBytesMax = 64 * 1024;

/** Every subject of the system; docs/generated/subjects.md is made from this table. */
export const subjects = {
  instrument: defineSubject('data.v1.instrument.<venue>.<instrument>', Instrument, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'risk', 'execution', 'monitor'],
    carriedBy: 'INSTRUMENTS',
    purpose: 'definition: tick and lot size, multiplier, session, expiry',
  }),
  quote: defineSubject('data.v1.quote.<venue>.<instrument>', Quote, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'risk', 'execution', 'monitor'],
    carriedBy: 'core',
    purpose: 'best bid and ask',
  }),
  trade: defineSubject('data.v1.trade.<venue>.<instrument>', Trade, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'execution'],
    carriedBy: 'core',
    purpose: "the market's trade",
  }),
  bar: defineSubject('data.v1.bar.<interval>.<venue>.<instrument>', Bar, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'risk', 'execution', 'monitor'],
    carriedBy: 'core',
    purpose: 'open, high, low, close and volume of an interval such as 1m',
  }),
  chain: defineSubject('data.v1.chain.<venue>.<instrument>', OptionChain, {
    publishers: ['market-data'],
    subscribers: ['strategy'],
    carriedBy: 'core',
    purpose: 'options of an underlying',
  }),
  corporateAction: defineSubject('data.v1.corporate-action.<venue>.<instrument>', CorporateAction, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'execution', 'monitor'],
    carriedBy: 'core',
    purpose: 'split or dividend, before the first data of its day',
  }),
  feedStatus: defineSubject('data.v1.status.<venue>', FeedStatus, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'risk', 'execution', 'monitor'],
    carriedBy: 'core',
    purpose: 'feed up, stale, down, ended; market open, closed, halted',
  }),
  pace: defineSubject('data.v1.pace.<stage>', Pace, {
    publishers: ['market-data', 'strategy', 'risk', 'execution'],
    subscribers: ['market-data', 'strategy', 'risk', 'execution'],
    carriedBy: 'core',
    purpose: 'a replay goes as fast as the system follows, and no faster',
  }),

  stageOrder: defineSubject('commands.v1.order.stage.<clientOrderId>', OrderIntent, {
    publishers: ['strategy'],
    subscribers: ['risk', 'execution'],
    carriedBy: 'core',
    purpose: 'what a strategy wants',
    bytesMax: requestBytesMax,
  }),
  cancelOrder: defineSubject('commands.v1.order.cancel.<clientOrderId>', CancelOrder, {
    publishers: ['strategy', 'operator'],
    subscribers: ['execution'],
    carriedBy: 'core',
    purpose: 'cancel one order',
    bytesMax: requestBytesMax,
  }),
  replaceOrder: defineSubject('commands.v1.order.replace.<clientOrderId>', ReplaceOrder, {
    publishers: ['strategy', 'operator'],
    subscribers: ['risk', 'execution'],
    carriedBy: 'core',
    purpose: 'change quantity or price; decided by risk',
    bytesMax: requestBytesMax,
  }),
  approveOrder: defineSubject('commands.v1.order.approve.<clientOrderId>', ApproveOrder, {
    publishers: ['operator', 'monitor'],
    subscribers: ['risk', 'execution'],
    carriedBy: 'core',
    purpose: "a human's signature",
    bytesMax: requestBytesMax,
  }),
  rejectOrder: defineSubject('commands.v1.order.reject.<clientOrderId>', RejectOrder, {
    publishers: ['operator', 'monitor'],
    subscribers: ['risk', 'execution'],
    carriedBy: 'core',
    purpose: "a human's refusal",
    bytesMax: requestBytesMax,
  }),
  exitPosition: defineSubject('commands.v1.exit.<account>', ExitPosition, {
    publishers: ['operator', 'monitor'],
    subscribers: ['execution'],
    carriedBy: 'core',
    purpose: 'signed exit, proven to reduce',
    bytesMax: requestBytesMax,
  }),
  acceptDifferences: defineSubject('commands.v1.reconcile.<account>', AcceptDifferences, {
    publishers: ['operator'],
    subscribers: ['execution'],
    carriedBy: 'core',
    purpose: 'take over what the venue says where the books differ; signed',
    bytesMax: requestBytesMax,
  }),

  decision: defineSubject('events.v1.risk.decision.<clientOrderId>', RiskDecision, {
    publishers: ['risk'],
    subscribers: ['execution', 'monitor'],
    carriedBy: 'EVENTS',
    purpose: 'approved, resized or denied, with reasons',
  }),
  orderEvent: defineSubject('events.v1.order.<clientOrderId>', OrderEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: "one row of an order's history",
  }),
  groupEvent: defineSubject('events.v1.group.<groupId>', GroupEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor'],
    carriedBy: 'EVENTS',
    purpose: 'bracket, OCO and OTO',
  }),
  positionEvent: defineSubject('events.v1.position.<account>.<instrument>', PositionEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor'],
    carriedBy: 'EVENTS',
    purpose: 'position after an event of the ledger',
  }),
  accountEvent: defineSubject('events.v1.account.<account>', AccountEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor'],
    carriedBy: 'EVENTS',
    purpose: 'cash, realized P&L and fees after an event of the ledger',
  }),
  ledgerEvent: defineSubject('events.v1.ledger.<account>', LedgerEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor'],
    carriedBy: 'EVENTS',
    purpose: 'lots matched and unmatched, cash and positions that moved without an order',
  }),
  exitEvent: defineSubject('events.v1.exit.<account>', ExitEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: 'an exit asked for, completed or escalated',
  }),
  settlement: defineSubject('events.v1.settlement.<account>', ReconciliationEvent, {
    publishers: ['execution'],
    subscribers: ['risk', 'strategy', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: 'what reconciliation with the venue found',
  }),
  killSwitchEvent: defineSubject('events.v1.kill-switch.<name>', KillSwitchEvent, {
    publishers: ['risk', 'execution'],
    subscribers: ['risk', 'execution', 'strategy', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: "one row of a kill switch's history",
    heardFirstBy: ['execution'],
  }),
  tradingState: defineSubject('events.v1.trading-state', TradingState, {
    publishers: ['risk'],
    subscribers: ['strategy', 'execution', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: 'active, reducing or halted: the worst of all switches',
  }),
  authorityEvent: defineSubject('events.v1.authority.<service>', AuthorityEvent, {
    publishers: ['risk', 'execution'],
    subscribers: ['risk', 'strategy', 'monitor', 'operator'],
    carriedBy: 'EVENTS',
    purpose: 'a signed act accepted or refused, a forgery, a change of the keyring',
  }),
  alert: defineSubject('events.v1.alert.<severity>', Alert, {
    publishers: ['market-data', 'strategy', 'risk', 'execution', 'monitor'],
    subscribers: ['monitor'],
    carriedBy: 'EVENTS',
    purpose: 'something a person should know',
  }),

  killTrip: defineSubject('control.v1.kill.trip.<source>', AnyBytes, {
    publishers: ['anyone'],
    subscribers: ['risk', 'execution', 'monitor'],
    carriedBy: 'CONTROL',
    purpose: 'any payload, none included: stop, everything; a KillTrip may narrow it',
    heardFirstBy: ['risk', 'execution'],
    raw: true,
  }),
  killReset: defineSubject('control.v1.kill.reset.<name>', KillReset, {
    publishers: ['operator', 'monitor'],
    subscribers: ['risk'],
    carriedBy: 'CONTROL',
    purpose: 'end a latched trip; signed',
    heardFirstBy: ['risk'],
    bytesMax: requestBytesMax,
  }),
  killResume: defineSubject('control.v1.kill.resume.<name>', KillResume, {
    publishers: ['operator', 'monitor'],
    subscribers: ['risk'],
    carriedBy: 'CONTROL',
    purpose: 'end a pause; signed',
    heardFirstBy: ['risk'],
    bytesMax: requestBytesMax,
  }),
  keyringChange: defineSubject('control.v1.keyring.change', KeyringChange, {
    publishers: ['operator'],
    subscribers: ['execution'],
    carriedBy: 'core',
    purpose: "enroll or retire an operator's key; signed by an enrolled one",
    // As the switch rows, whose signatures are judged by it: a retired key must not end a trip.
    heardFirstBy: ['execution'],
    bytesMax: requestBytesMax,
  }),
  operatorPresent: defineSubject('control.v1.operator.present', OperatorPresent, {
    publishers: ['operator', 'monitor'],
    subscribers: ['risk'],
    carriedBy: 'core',
    purpose: 'somebody is there; signed',
    bytesMax: requestBytesMax,
  }),
  leaseRequest: defineSubject('control.v1.lease.request', LeaseRequest, {
    publishers: ['execution'],
    subscribers: ['risk'],
    carriedBy: 'core',
    purpose: "execution's nonce and journal head, once a second",
  }),
  leaseGrant: defineSubject('control.v1.lease.grant', LeaseGrant, {
    publishers: ['risk'],
    subscribers: ['execution'],
    carriedBy: 'core',
    purpose: "risk's echo with the trading state",
  }),

  heartbeat: defineSubject('health.v1.<service>.<instance>', Heartbeat, {
    publishers: ['market-data', 'strategy', 'risk', 'execution', 'monitor'],
    subscribers: ['monitor', 'operator'],
    carriedBy: 'core',
    purpose: 'alive, with build hash and sequence heads',
  }),

  instrumentQuery: defineSubject('queries.v1.instruments', InstrumentQuery, {
    publishers: ['strategy', 'risk', 'execution', 'monitor', 'operator'],
    subscribers: ['market-data'],
    carriedBy: 'core',
    purpose: 'request: all definitions',
  }),
  instrumentList: defineSubject('replies.v1.instruments', InstrumentList, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'risk', 'execution', 'monitor', 'operator'],
    carriedBy: 'core',
    purpose: 'reply to queries.v1.instruments, sent to its inbox',
  }),
  historyQuery: defineSubject('queries.v1.history', HistoryQuery, {
    publishers: ['strategy', 'monitor'],
    subscribers: ['market-data'],
    carriedBy: 'core',
    purpose: 'request: bars up to a market time, for warm-up',
  }),
  history: defineSubject('replies.v1.history', History, {
    publishers: ['market-data'],
    subscribers: ['strategy', 'monitor'],
    carriedBy: 'core',
    purpose: 'reply to queries.v1.history, sent to its inbox',
  }),
  journalQuery: defineSubject('queries.v1.journal.<service>', JournalQuery, {
    publishers: ['risk', 'execution', 'strategy', 'monitor', 'operator'],
    subscribers: ['risk', 'execution'],
    carriedBy: 'core',
    purpose: "request: a page of the owner's journal, to fill a gap or rebuild a projection",
  }),
  journalPage: defineSubject('replies.v1.journal', JournalPage, {
    publishers: ['risk', 'execution'],
    subscribers: ['risk', 'execution', 'strategy', 'monitor', 'operator'],
    carriedBy: 'core',
    purpose: 'reply to queries.v1.journal, sent to its inbox',
  }),

  researchJob: defineSubject('research.v1.job', ResearchJob, {
    publishers: ['research'],
    subscribers: ['research'],
    carriedBy: 'RESEARCH',
    purpose: 'one cell of a sweep',
  }),
  researchResult: defineSubject('research.v1.result', ResearchResult, {
    publishers: ['research'],
    subscribers: ['research'],
    carriedBy: 'RESEARCH',
    purpose: 'its result',
  }),
} as const;
