// Who may say and hear what, written by hand from the design and not from the code that is tested. One row a subject:
// who publishes it, who reads it. An `x` stands for any token.

export const services = ['market-data', 'strategy', 'risk', 'execution', 'monitor'] as const;
export const users = [...services, 'operator', 'provision', 'guest'] as const;
export type User = (typeof users)[number];

export interface Row {
  readonly subject: string;
  readonly publishers: readonly User[];
  readonly readers: readonly User[];
}

/** Whoever may look at all: market data, what happens, and who is well. */
const lookers = 'operator guest';
const everybody = 'market-data strategy risk execution monitor operator guest';
/** Who follows all of execution's rows. */
const followers = `risk strategy monitor ${lookers}`;

const written: readonly (readonly [subject: string, publishers: string, readers: string])[] = [
  ['data.v1.instrument.x.x', 'market-data', `strategy risk execution monitor ${lookers}`],
  ['data.v1.quote.x.x', 'market-data', `strategy risk execution monitor ${lookers}`],
  ['data.v1.trade.x.x', 'market-data', `strategy execution ${lookers}`],
  ['data.v1.bar.x.x.x', 'market-data', `strategy risk execution monitor ${lookers}`],
  ['data.v1.chain.x.x', 'market-data', `strategy ${lookers}`],
  ['data.v1.corporate-action.x.x', 'market-data', `strategy execution monitor ${lookers}`],
  ['data.v1.status.x', 'market-data', `strategy risk execution monitor ${lookers}`],
  ...(['market-data', 'strategy', 'risk', 'execution'] as const).map(
    (stage) => [`data.v1.pace.${stage}`, stage, `market-data strategy risk execution ${lookers}`] as const,
  ),
  ['data.v1.pace.x', '', `market-data strategy risk execution ${lookers}`],

  ['commands.v1.order.stage.x', 'strategy', 'risk execution operator'],
  ['commands.v1.order.cancel.x', 'strategy operator', 'execution operator'],
  ['commands.v1.order.replace.x', 'strategy operator', 'risk execution operator'],
  ['commands.v1.order.approve.x', 'operator monitor', 'risk execution operator'],
  ['commands.v1.order.reject.x', 'operator monitor', 'risk execution operator'],
  ['commands.v1.exit.x', 'operator monitor', 'execution operator'],
  ['commands.v1.reconcile.x', 'operator', 'execution operator'],

  ['events.v1.risk.decision.x', 'risk', `execution monitor ${lookers}`],
  ['events.v1.order.x', 'execution', followers],
  ['events.v1.group.x', 'execution', followers],
  ['events.v1.position.x.x', 'execution', followers],
  ['events.v1.account.x', 'execution', followers],
  ['events.v1.ledger.x', 'execution', followers],
  ['events.v1.exit.x', 'execution', followers],
  ['events.v1.settlement.x', 'execution', followers],
  ['events.v1.kill-switch.x', 'risk execution', `execution ${followers}`],
  ['events.v1.trading-state', 'risk', `strategy execution monitor ${lookers}`],
  ['events.v1.authority.risk', 'risk', followers],
  ['events.v1.authority.execution', 'execution', followers],
  ['events.v1.authority.x', '', followers],
  ['events.v1.alert.x', services.join(' '), `monitor ${lookers}`],

  ['control.v1.kill.trip.x', everybody, 'risk execution monitor operator'],
  ['control.v1.kill.reset.x', 'operator monitor', 'risk operator'],
  ['control.v1.kill.resume.x', 'operator monitor', 'risk operator'],
  ['control.v1.keyring.change', 'operator', 'execution operator'],
  ['control.v1.operator.present', 'operator monitor', 'risk operator'],
  ['control.v1.lease.request', 'execution', 'risk operator'],
  ['control.v1.lease.grant', 'risk', 'execution operator'],

  ...services.map((service) => [`health.v1.${service}.x`, service, `${service} monitor ${lookers}`] as const),
  ['health.v1.x.x', '', `monitor ${lookers}`],

  ['queries.v1.instruments', 'strategy risk execution monitor operator', 'market-data'],
  ['queries.v1.history', 'strategy monitor', 'market-data'],
  ['queries.v1.journal.risk', 'risk execution strategy monitor operator', 'risk'],
  ['queries.v1.journal.execution', 'risk execution strategy monitor operator', 'execution'],
  ['queries.v1.journal.x', 'risk execution strategy monitor operator', ''],
  // Answers go to inboxes; on these nobody speaks.
  ['replies.v1.instruments', '', ''],
  ['replies.v1.history', '', ''],
  ['replies.v1.journal', '', ''],

  ['research.v1.job', '', ''],
  ['research.v1.result', '', ''],

  // An inbox is its owner's alone. Into it speak those whom the owner may ask.
  ['_INBOX_market-data.x', '', 'market-data'],
  ['_INBOX_strategy.x', 'market-data risk execution', 'strategy'],
  ['_INBOX_risk.x', 'market-data risk execution', 'risk'],
  ['_INBOX_execution.x', 'market-data risk execution', 'execution'],
  ['_INBOX_monitor.x', 'market-data risk execution', 'monitor'],
  ['_INBOX_operator.x', 'market-data risk execution', 'operator'],
  ['_INBOX_provision.x', '', 'provision'],
  ['_INBOX_guest.x', '', 'guest'],
  ['_INBOX.x', '', ''],

  // What is no subject of ours.
  ['x', '', ''],
  ['data.v2.quote.x.x', '', lookers],
  ['events.v1.risk', '', lookers],
  ['control.v1.kill.trip', '', 'operator'],
  ['control.v1.kill.trip.x.x', '', 'operator'],
  ['commands.v1.order.approve.x.x', '', 'operator'],
  ['$SYS.REQ.SERVER.PING', '', ''],
];

export const table: readonly Row[] = written.map(([subject, publishers, readers]) => ({
  subject,
  publishers: named(publishers),
  readers: named(readers),
}));

/** With wildcards: what a user hears of the whole system by asking for all of it at once. */
export const wideSubscriptions: Readonly<Record<string, readonly User[]>> = {
  '>': [],
  '*': [],
  '*.>': [],
  'data.>': named(lookers),
  'events.>': named(lookers),
  'health.>': named(lookers),
  'commands.>': ['operator'],
  'control.>': ['operator'],
  'queries.>': [],
  'replies.>': [],
  '_INBOX.>': [],
  '_INBOX_risk.>': ['risk'],
  '_INBOX_execution.>': ['execution'],
  '_INBOX_operator.>': ['operator'],
  '$JS.>': [],
  '$SYS.>': [],
};

/** The server's own interface to streams: whoever has it reads, deletes, or has the server speak on any subject. */
export const streamInterface: Readonly<Record<string, readonly User[]>> = {
  '$JS.API.INFO': ['provision'],
  '$JS.API.STREAM.NAMES': [],
  '$JS.API.STREAM.LIST': [],
  ...Object.fromEntries(
    ['EVENTS', 'CONTROL', 'INSTRUMENTS', 'RESEARCH'].flatMap((stream) => [
      [`$JS.API.STREAM.INFO.${stream}`, ['provision']],
      [`$JS.API.STREAM.CREATE.${stream}`, ['provision']],
      [`$JS.API.STREAM.UPDATE.${stream}`, ['provision']],
      [`$JS.API.STREAM.DELETE.${stream}`, []],
      [`$JS.API.STREAM.PURGE.${stream}`, []],
      [`$JS.API.STREAM.MSG.DELETE.${stream}`, []],
      [`$JS.API.STREAM.MSG.GET.${stream}`, []],
      [`$JS.API.STREAM.SNAPSHOT.${stream}`, []],
      [`$JS.API.STREAM.RESTORE.${stream}`, []],
      [`$JS.API.DIRECT.GET.${stream}`, []],
      [`$JS.API.CONSUMER.CREATE.${stream}`, []],
      [`$JS.API.CONSUMER.CREATE.${stream}.x`, []],
      [`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.x`, []],
      [`$JS.API.CONSUMER.MSG.NEXT.${stream}.x`, []],
      [`$JS.API.CONSUMER.DELETE.${stream}.x`, []],
      [`$JS.ACK.${stream}.x.1.1.1.1.0`, []],
    ]),
  ),
  '$JS.API.STREAM.CREATE.OTHER': [],
};

function named(list: string): readonly User[] {
  const names = list.split(' ');
  return users.filter((user) => names.includes(user));
}
