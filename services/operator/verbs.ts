import { barFileOptions, researchVerbs } from './research-verbs.ts';
import { barSourceOptions, signingOptions, systemOptions } from './shared-options.ts';
import type { Operand, Option, Verb } from './verb.ts';

const dataFolderOption: Option = {
  notation: '--data-folder <folder>',
  meaning: 'where the system keeps its data (default .interlock)',
};
const monitorOptions: readonly Option[] = [
  { notation: '--url <url>', meaning: "the monitor's address, such as http://127.0.0.1:8080" },
  dataFolderOption,
];
const reasonOption: Option = { notation: '--reason <text>', meaning: 'kept in the journals' };
const hintOption: Option = {
  notation: '--url <url>',
  meaning: "the monitor's address; without a monitor the whole journal is read",
  isRare: true,
};
const switchOperand: Operand = { notation: '<switch>', meaning: 'its name, such as maxDrawdown' };
const barFilesOperand: Operand = {
  notation: '<path>',
  meaning: 'a file, a folder with a file a symbol, or a LEAN folder',
};
const ownerOperand: Operand = { notation: '[service]', meaning: 'execution or risk (default: execution)' };

/** The whole command line, in the order of its help. */
export const verbs: readonly Verb[] = [
  {
    name: 'up',
    summary: 'run everything on this machine; npm start is this',
    options: [
      { notation: '--profile <profile>', meaning: 'a profile that ships, or a file (default paper)' },
      { notation: '--feed <kind>', meaning: 'synthetic, csv, parquet, lean or recorded' },
      { notation: '--data <path>', meaning: 'file or folder of a csv, lean or parquet feed' },
      { notation: '--symbols <symbols>', meaning: 'what to trade, such as SPY,QQQ' },
      { notation: '--from <day>', meaning: 'first day of a replay, such as 2013-10-07' },
      { notation: '--to <day>', meaning: 'last day of a replay' },
      { notation: '--speed <speed>', meaning: "market seconds a second, or 'max'" },
      { notation: '--strategy <strategy>', meaning: 'a strategy that ships, or a file' },
      {
        notation: '--for <duration>',
        meaning: 'stop in order after this long, such as 60s, or when a replay has ended',
      },
      {
        notation: '--parameters <json>',
        meaning: 'what the strategy is given, such as {"bars":20}',
        isRare: true,
      },
      { notation: '--seed <number>', meaning: 'of the synthetic feed', isRare: true },
      ...barFileOptions,
      {
        notation: '--record <folder>',
        meaning: 'keep what every service is told and does there, for replay',
        isRare: true,
      },
      { notation: '--port <port>', meaning: "of the monitor's API; 0 for any free one", isRare: true },
      { ...dataFolderOption, isRare: true },
      { notation: '--nats <url>', meaning: 'use this NATS server and start none', isRare: true },
    ],
    example: 'up --feed synthetic --speed 60 --for 60s',
    load: () => import('./verbs/up.ts'),
  },
  {
    name: 'service',
    summary: 'run one service, as a container does',
    operands: [{ notation: '<name>', meaning: 'market-data, strategy, risk, execution or monitor' }],
    example: 'service risk',
    load: () => import('./verbs/service.ts'),
  },
  {
    name: 'provision',
    summary: 'make the streams on a NATS server',
    options: systemOptions,
    example: 'provision --nats nats://127.0.0.1:4222',
    load: () => import('./verbs/provision.ts'),
  },
  {
    name: 'health',
    summary: 'succeed when a service is ready',
    operands: [{ notation: '<service>', meaning: "a service's name, or nats" }],
    options: systemOptions,
    example: 'health execution',
    load: () => import('./verbs/health.ts'),
  },
  {
    name: 'doctor',
    summary: 'check configuration, machine and data; changes nothing',
    options: [
      { notation: '--profile <profile>', meaning: 'a profile that ships, or a file (default paper)' },
      dataFolderOption,
    ],
    example: 'doctor',
    load: () => import('./verbs/doctor.ts'),
  },
  {
    name: 'status',
    summary: 'trading state, services, account and what needs a look',
    options: monitorOptions,
    example: 'status',
    load: () => import('./verbs/status.ts'),
  },
  {
    name: 'orders',
    summary: 'orders and their states',
    operands: [{ notation: '[order]', meaning: 'one order, with its history' }],
    options: [
      { notation: '--state <state>', meaning: 'only those in this state, such as working' },
      { notation: '--limit <count>', meaning: 'at most so many, the newest first' },
      ...monitorOptions,
    ],
    example: 'orders --state working',
    load: () => import('./verbs/orders.ts'),
  },
  ...(['fills', 'positions', 'account', 'switches'] as const).map(
    (name): Verb => ({
      name,
      summary: {
        fills: 'what was bought and sold, and its price',
        positions: 'what is held, and its profit',
        account: 'cash, equity, realized profit, fees',
        switches: 'kill switches and their levels',
      }[name],
      options: monitorOptions,
      example: name,
      load: async () => ({ run: (await import('./verbs/listing.ts')).runListing(name) }),
    }),
  ),
  {
    name: 'approvals',
    summary: 'orders that wait for your signature: what, how much, why, how long',
    options: [hintOption, ...systemOptions],
    example: 'approvals',
    load: () => import('./verbs/approvals.ts'),
  },
  {
    name: 'approve',
    summary: 'sign for an order that waits; risk then decides once more',
    operands: [
      { notation: '[order]', meaning: 'its id, or the beginning of it; absent: shows those that wait' },
    ],
    options: [hintOption, ...signingOptions],
    example: 'approve GB7QK4T2',
    load: () => import('./verbs/approve.ts'),
  },
  {
    name: 'reject',
    summary: 'sign against an order that waits: it is denied',
    operands: [{ notation: '<order>', meaning: 'its id, or the beginning of it' }],
    options: [reasonOption, hintOption, ...signingOptions],
    example: 'reject GB7QK4T2 --reason "too large for today"',
    load: () => import('./verbs/reject.ts'),
  },
  {
    name: 'cancel',
    summary: 'cancel one order, or all that work; signed',
    operands: [{ notation: '[order]', meaning: 'its client order id' }],
    options: [
      { notation: '--all', meaning: 'every order that works' },
      reasonOption,
      { notation: '--url <url>', meaning: "the monitor's address, to find what works" },
      ...signingOptions,
    ],
    example: 'cancel --all',
    load: () => import('./verbs/cancel.ts'),
  },
  {
    name: 'flatten',
    summary: 'close all positions, also while halted, and show it until nothing is held; signed',
    options: [
      { notation: '--instrument <instrument>', meaning: 'this one alone' },
      { notation: '--account <account>', meaning: "default: the system's own", isRare: true },
      reasonOption,
      ...signingOptions,
    ],
    example: 'flatten --reason "over the weekend"',
    load: () => import('./verbs/flatten.ts'),
  },
  {
    name: 'reconcile',
    summary:
      'where books and venue differ, which holds trading; signed, the books take over what the venue says',
    options: [
      { notation: '--accept <digest>', meaning: 'sign for exactly these differences, as they are shown' },
      { notation: '--price <prices>', meaning: 'at which positions are booked, such as SPY=512.30,QQQ=440' },
      reasonOption,
      hintOption,
      ...signingOptions,
    ],
    example: 'reconcile --accept 4f2a91c07b3e --reason "sold by hand at the broker"',
    load: () => import('./verbs/reconcile.ts'),
  },
  {
    name: 'kill',
    summary: 'stop trading and cancel everything; succeeds once risk and execution have journaled it',
    options: [
      { notation: '--reason <text>', meaning: 'kept in the journals' },
      {
        notation: '--scope <scope>',
        meaning: 'all, strategy=<id>, account=<id> or venue=<id> (default all)',
      },
      {
        notation: '--action <action>',
        meaning: 'stop: cancel everything; pause: no new exposure (default stop)',
      },
      ...systemOptions,
    ],
    example: 'kill --reason "looks wrong"',
    load: () => import('./verbs/kill.ts'),
  },
  {
    name: 'reset',
    summary: "end a switch's latched trip, once its cool-down is over and its cause is gone; signed",
    operands: [switchOperand],
    options: [
      { notation: '--rebase-peak', meaning: 'measure from now on, though the cause stands: takes two keys' },
      { notation: '--second-key <file>', meaning: "the other person's private key, on this machine" },
      { notation: '--write-request <file>', meaning: 'sign, and write it for the other person to sign' },
      { notation: '--sign-request <file>', meaning: 'sign what the other person has signed, and send it' },
      reasonOption,
      ...signingOptions,
    ],
    example: 'reset manual --reason "looked at it"',
    load: () => import('./verbs/reset.ts'),
  },
  {
    name: 'resume',
    summary: "end a switch's pause; signed",
    operands: [switchOperand],
    options: [reasonOption, ...signingOptions],
    example: 'resume manual',
    load: () => import('./verbs/resume.ts'),
  },
  {
    name: 'attend',
    summary: 'say that you are here, for the switch that trips when nobody is; signed',
    options: signingOptions,
    example: 'attend',
    load: () => import('./verbs/attend.ts'),
  },
  {
    name: 'keyring list',
    summary: 'who may sign, and who no longer may',
    options: monitorOptions,
    example: 'keyring list',
    load: () => import('./verbs/keyring-list.ts'),
  },
  {
    name: 'keyring enroll',
    summary: "let another person's key sign; signed by one that may",
    operands: [{ notation: '<file>', meaning: 'the .pub file of the new key' }],
    options: [
      { notation: '--name <name>', meaning: 'whose it is (default: as the file says)' },
      ...signingOptions,
    ],
    example: 'keyring enroll bob.key.pub --name bob',
    load: () => import('./verbs/keyring-enroll.ts'),
  },
  {
    name: 'keyring retire',
    summary: 'let a key sign nothing any more, for ever; signed',
    operands: [{ notation: '<key>', meaning: "its id, as in 'keyring list'" }],
    options: [reasonOption, ...signingOptions],
    example: 'keyring retire GB7QK4T2M5YV3XWJ --reason "left the desk"',
    load: () => import('./verbs/keyring-retire.ts'),
  },
  {
    name: 'keys init',
    summary: 'make every key of a deployment that is missing, and say what belongs where',
    options: [
      { notation: '--keys <folder>', meaning: 'where they are made (default keys in the data folder)' },
      { notation: '--name <name>', meaning: "the first operator's name (default: who is logged in)" },
      { notation: '--profile <profile>', meaning: 'it says what guests of NATS may do (default paper)' },
      dataFolderOption,
    ],
    example: 'keys init --name ada',
    load: () => import('./verbs/keys-init.ts'),
  },
  {
    name: 'keys new',
    summary: "make a further person's key pair, on that person's machine",
    options: [
      { notation: '--name <name>', meaning: 'whose it is' },
      { notation: '--key <file>', meaning: 'where the private key goes (default <name>.key)' },
    ],
    example: 'keys new --name bob',
    load: () => import('./verbs/keys-new.ts'),
  },
  {
    name: 'tail',
    summary: 'decoded messages, live',
    operands: [{ notation: '[subject]', meaning: 'with NATS wildcards (default events.>)' }],
    options: [{ notation: '--count <count>', meaning: 'end after so many' }, ...systemOptions],
    example: "tail 'events.v1.order.>'",
    load: () => import('./verbs/tail.ts'),
  },
  {
    name: 'audit verify',
    summary: 'prove that no journal was edited',
    options: [dataFolderOption],
    example: 'audit verify',
    load: () => import('./verbs/audit-verify.ts'),
  },
  {
    name: 'audit export',
    summary: "one order's whole story: each row with its time and hash, and who signed, proven anew",
    operands: [{ notation: '<order>', meaning: 'its client order id' }],
    options: [dataFolderOption],
    example: 'audit export GB7QK4T2M5YV3XWJ6HPLN2DCAE4RZSUO --json',
    load: () => import('./verbs/audit-export.ts'),
  },
  {
    name: 'journal show',
    summary: 'rows of a journal, decoded',
    operands: [ownerOperand],
    options: [
      { notation: '--since <time>', meaning: 'market time, such as 2026-01-05T14:30:00Z' },
      { notation: '--until <time>', meaning: 'market time, included' },
      { notation: '--aggregate <name>', meaning: "such as order/<id>, or all of a kind with 'order/'" },
      dataFolderOption,
    ],
    example: 'journal show --since 2026-01-05T14:30:00Z --aggregate kill-switch/',
    load: () => import('./verbs/journal-show.ts'),
  },
  {
    name: 'replay',
    summary: 'run recorded services on their recordings, and compare all that they do',
    operands: [{ notation: '<recording>', meaning: 'what up --record wrote: the folder, or one file' }],
    options: [
      {
        notation: '--keys <folder>',
        meaning: 'the keys of the recorded system (default: where they were then)',
      },
    ],
    example: 'replay recordings/monday',
    load: () => import('./verbs/replay.ts'),
  },
  ...researchVerbs,
  {
    name: 'data list',
    summary: 'bars that are at hand: source, instrument, interval, rows, from and to, fingerprint',
    options: [dataFolderOption],
    example: 'data list',
    load: () => import('./verbs/data-list.ts'),
  },
  {
    name: 'data import',
    summary: 'read files of bars into the cache, so that they load at once from then on',
    operands: [barFilesOperand],
    options: [...barSourceOptions, dataFolderOption],
    example: 'data import bars.csv --interval 1m --columns time=Date,open=Open',
    load: () => import('./verbs/data-import.ts'),
  },
  {
    name: 'data check',
    summary:
      'look for gaps, spikes, stray highs and lows, splits without a factor, bars out of sessions; fails when data is wrong',
    operands: [barFilesOperand],
    options: [...barSourceOptions, dataFolderOption],
    example: 'data check ../shared/data/lean',
    load: () => import('./verbs/data-check.ts'),
  },
  {
    name: 'backup',
    summary: 'copy the journals, proven, and the paper world, also while the system runs',
    operands: [{ notation: '<folder>', meaning: 'a new folder' }],
    options: [dataFolderOption],
    example: 'backup backups/monday',
    load: () => import('./verbs/backup.ts'),
  },
  {
    name: 'restore',
    summary: 'put a backup in the place of missing journals',
    operands: [{ notation: '<folder>', meaning: 'of a backup' }],
    options: [dataFolderOption],
    example: 'restore backups/monday',
    load: () => import('./verbs/restore.ts'),
  },
  {
    name: 'guard',
    isInternal: true,
    summary: 'clean up after an `up` that was killed; started by it',
    options: [dataFolderOption],
    example: 'guard',
    load: () => import('./verbs/guard.ts'),
  },
];
