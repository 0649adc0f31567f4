// Aim: a signed act is sent, byte for byte the same, until it is answered; an answer to somebody else is none; what is
// refused says why and what to do. Files that carry keys and requests are read strictly and never show a secret.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { type AuthorityEvent, OperatorPresent } from '../../protos/gen/authority.ts';
import { KillReset } from '../../protos/gen/control.ts';
import type { OrderState } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { hexOf } from '../../services/kernel/codec/hex.ts';
import { authorityCodes } from '../../services/kernel/signing/authority.ts';
import { isSealedBy, signSealed } from '../../services/kernel/signing/seal.ts';
import { reportOrder } from '../../services/operator/acts/followed-order.ts';
import { type ActOutcome, perform } from '../../services/operator/acts/perform.ts';
import { publicKeyText, readPublicKey } from '../../services/operator/acts/public-key-file.ts';
import { remedyOf, reportFailure } from '../../services/operator/acts/refusal.ts';
import { readRequest, writeRequest } from '../../services/operator/acts/sealed-request.ts';
import { Terminal } from '../../services/operator/terminal.ts';
import { Given } from '../../services/operator/verb.ts';
import { run as makeKey } from '../../services/operator/verbs/keys-new.ts';
import { statusLines } from '../../services/operator/verbs/status.ts';
import { anAct, wasAccepted } from './monitor-samples.ts';
import { ada, aSealedReset, bob, nowUs, termsOf, withSecondSeal } from './signing-samples.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-acts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function terminalOf(isJson = false) {
  const out: string[] = [];
  const stream = { write: (text: string) => out.push(text) };
  return { out, terminal: new Terminal({ isJson, out: stream, error: stream, noColor: true }) };
}

describe('an act', () => {
  const secondUs = 1_000_000;

  function world() {
    const clock = createManualClock({ wallUs: brandOf.timestampUs(nowUs) });
    const network = createFifoNetwork({ clock, encode: true });
    const connect = (producer: string) => network.connect({ producer, epoch: brandOf.epoch(1) });
    const [operator, risk] = [connect('operator'), connect('risk')];
    const sent: string[] = [];
    risk.subscribe(subjects.operatorPresent.matching({}), (received) => {
      sent.push(hexOf(received.payload()));
    });
    const message = signSealed<OperatorPresent>(OperatorPresent, (seal) => ({ requestedBy: 'ada', seal }), {
      signer: ada,
      terms: termsOf(),
    });
    const client = { bus: operator, clock, close: () => Promise.resolve() };
    const subject = subjects.operatorPresent.of({});
    const outcome = perform<OperatorPresent, string>(
      client,
      { subject, message },
      ({ hearAccepted, answer }) => hearAccepted(answer),
    );
    const say = (event: AuthorityEvent): void => {
      const place = subjects.authorityEvent.of({ service: 'risk' });
      risk.publish({ subject: place, message: event, eventTime: clock.wallUs() });
      network.drain();
    };
    const pass = (seconds: number): void => {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(secondUs);
        network.drain();
      }
    };
    network.drain();
    return { outcome, message, sent, say, pass };
  }

  it('is sent again, the same bytes, until it is answered, and then no more', async () => {
    const { outcome, message, sent, say, pass } = world();
    pass(3);
    expect(sent).toEqual(Array(4).fill(hexOf(OperatorPresent.encode(message))));
    say(anAct(wasAccepted, { nonce: message.seal.nonce }));
    expect(await outcome).toEqual({ kind: 'answered', answer: 'risk' });
    pass(3);
    expect(sent).toHaveLength(4);
  });

  it('is not answered by what is said of another', async () => {
    const { outcome, message, say, pass } = world();
    const another = message.seal.nonce.map((byte) => byte ^ 1);
    say(anAct(wasAccepted, { nonce: another }));
    say(anAct({ case: 'refused', value: { code: 'EXPIRED', detail: '', leftOut: 0 } }, { nonce: another }));
    pass(10);
    expect(await outcome).toEqual({ kind: 'unanswered' });
  });

  it('is refused with code and detail', async () => {
    const { outcome, message, say } = world();
    const value = { code: 'RETIRED_KEY', detail: 'the key was retired', leftOut: 0 };
    say(anAct({ case: 'refused', value }, { nonce: message.seal.nonce }));
    const refused = { kind: 'refused', by: 'risk', code: 'RETIRED_KEY', detail: 'the key was retired' };
    expect(await outcome).toEqual(refused);
  });
});

describe('a failure', () => {
  const failures: readonly (readonly [Exclude<ActOutcome<never>, { kind: 'answered' }>, RegExp])[] = [
    [{ kind: 'unanswered' }, /^NOT CONFIRMED: reset .* twice does no harm/],
    [
      {
        kind: 'refused',
        by: 'risk',
        code: 'COOL_DOWN',
        detail: '250 s of market time left of its cool-down',
      },
      /^REFUSED by risk, COOL_DOWN: 250 s of market time left of its cool-down; wait for the end/,
    ],
    [
      { kind: 'refused', by: 'risk', code: 'CONDITION_STANDS', detail: 'drawdown 15.2% >= 15%' },
      /CONDITION_STANDS: drawdown 15\.2% >= 15%; .*--rebase-peak/,
    ],
    [
      { kind: 'refused', by: 'execution', code: 'UNKNOWN_KEY', detail: '' },
      /: the key was never enrolled; let some/,
    ],
    [
      { kind: 'refused', by: 'execution', code: 'NEW_CODE', detail: '' },
      /^REFUSED by execution, NEW_CODE: NEW_CODE\.$/,
    ],
  ];

  it.each(failures)('%o is told in words and ends with 1', (failure, words) => {
    const { out, terminal } = terminalOf();
    expect(reportFailure(terminal, { act: 'reset', switch: 'manual' }, failure)).toBe(1);
    expect(out.join('').trim()).toMatch(words);
    const json = terminalOf(true);
    reportFailure(json.terminal, { act: 'reset', switch: 'manual' }, failure);
    expect(JSON.parse(json.out.join(''))).toMatchObject({ act: 'reset', switch: 'manual', done: false });
  });

  it('that a person can mend says how, for every code that a person can bring about', () => {
    const byMachines = ['NOT_AUTHENTIC', 'STALE_EPOCH', 'TOO_LARGE', 'NONCE_MALFORMED', 'SUBJECT_MISMATCH'];
    const mendable = Object.keys(authorityCodes).filter((code) => !byMachines.includes(code));
    expect(mendable.filter((code) => remedyOf(code) === '')).toEqual([]);
  });
});

describe('a request for a second signature', () => {
  it('travels in a file, and both seals hold over what arrives', () => {
    const path = join(folder, 'request.json');
    writeRequest(path, aSealedReset(ada, { rebase: true }));
    const arrived = withSecondSeal(readRequest(path), bob);
    const { publicKey } = ada;
    expect(isSealedBy(KillReset, arrived, { publicKey, place: 'seal' })).toBe(true);
    expect(isSealedBy(KillReset, arrived, { publicKey: bob.publicKey, place: 'secondSeal' })).toBe(true);
  });

  it('is never written over another file', () => {
    const path = join(folder, 'request.json');
    writeFileSync(path, 'something else');
    expect(() => writeRequest(path, aSealedReset(ada))).toThrow(/name a new file/);
    expect(readFileSync(path, 'utf8')).toBe('something else');
  });

  it.each(['', '{}', '{"type":"interlock.control.v1.KillReset","message":"ff"}', 'null'])(
    'is not read from %j',
    (text) => {
      const path = join(folder, 'request.json');
      writeFileSync(path, text);
      expect(() => readRequest(path)).toThrow(/is no request to be signed/);
    },
  );
});

describe('a new key', () => {
  const make = (key: string, name = 'bob') => {
    const { terminal, out } = terminalOf();
    return { made: makeKey(new Given([], { name, key }), terminal), out };
  };

  it('is readable by its owner alone, shown by its public part, and enrolled from that', async () => {
    const path = join(folder, 'deep', 'bob.key');
    const { made, out } = make(path);
    expect(await made).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const secret = readFileSync(path, 'utf8').trim();
    expect(out.join('')).not.toContain(secret);
    const key = readPublicKey(`${path}.pub`);
    expect(key.name).toBe('bob');
    expect(out.join('')).toContain(key.keyId);
  });

  it('never replaces one that is there', async () => {
    const path = join(folder, 'bob.key');
    await make(path).made;
    const before = readFileSync(path, 'utf8');
    await expect(make(path).made).rejects.toThrow(/is there already and stays as it is/);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it.each(['', 'two words', '../up'])('is not made for %j', async (name) => {
    const path = join(folder, 'x.key');
    await expect(make(path, name).made).rejects.toThrow(/--name: expected whose key it is/);
    expect(existsSync(path)).toBe(false);
  });

  it('named in the place of its public part is refused without a word of it', async () => {
    const path = join(folder, 'bob.key');
    await make(path).made;
    const secret = readFileSync(path, 'utf8').trim();
    expect(() => readPublicKey(path)).toThrow(/is no public key: name the \.pub file/);
    expect(() => readPublicKey(path)).not.toThrow(secret);
  });

  it('whose name is not that of its bytes is refused', () => {
    const path = join(folder, 'eve.pub');
    writeFileSync(path, publicKeyText(ada, 'ada').replace(ada.keyId, bob.keyId));
    expect(() => readPublicKey(path)).toThrow(/is no public key/);
  });
});

describe('what became of an order', () => {
  const ends: [string, 'approve' | 'reject', OrderState | undefined, number, string][] = [
    ['signed for and at the venue', 'approve', 'working', 0, 'APPROVED with key K: the order is working'],
    ['signed for and filled', 'approve', 'filled', 0, 'APPROVED with key K: the order is filled'],
    ['signed for, then denied by risk', 'approve', 'denied', 1, 'the order is denied (WHY it was)'],
    ['signed for too late', 'approve', 'lapsed', 1, 'the order is lapsed (WHY it was)'],
    ['signed for, canceled before it was sent', 'approve', 'canceledUnsent', 1, 'is canceledUnsent'],
    ['signed for, refused by the venue', 'approve', 'rejected', 1, 'is rejected'],
    ['signed for and unheard of since', 'approve', undefined, 0, 'not heard of since'],
    ['signed against', 'reject', 'denied', 0, 'REJECTED with key K: the order is denied'],
  ];
  it.each(ends)('%s', (_what, act, state, code, text) => {
    const { out, terminal } = terminalOf();
    const isAtVenue = state === undefined || state === 'working' || state === 'filled';
    const followed = {
      last: () => (state === undefined ? undefined : { state }),
      why: () => (isAtVenue || act === 'reject' ? '' : 'WHY it was'),
    };
    const order = brandOf.clientOrderId('KQ7M');
    expect(reportOrder(terminal, { act, order, keyId: 'K' }, followed)).toBe(code);
    expect(out.join('')).toContain(text);
  });
});

it('the status says what is tripped and how that ends, what waits, and which positions are being closed', () => {
  const tripped = {
    name: 'maxDrawdown',
    action: 'stop',
    scope: 'all',
    source: 'risk',
    confirmation: 'confirmed',
  };
  const lines = statusLines(
    {
      tradingState: 'halted',
      trippedSwitches: [
        { ...tripped, reason: 'drawdown', value: 0.152, threshold: 0.15 },
        { ...tripped, name: 'manual', action: 'pause', source: 'manual.cli', reason: '\u001b[2Kall is well' },
      ],
      approvals: [
        {
          clientOrderId: 'GB7Q',
          side: 'buy',
          quantity: '12',
          instrument: 'SPY',
          limitPrice: '512.34',
          waitedSeconds: 7,
          untilTime: '2026-01-05T14:32:00.000Z',
        },
      ],
      exits: [{ state: 'escalated', account: 'paper-1', by: 'ada', trouble: 'closed', instruments: ['SPY'] }],
    },
    terminalOf().terminal,
  );
  expect(lines.slice(2, 8)).toEqual([
    '  TRIPPED maxDrawdown, stop all, by risk: drawdown (0.152 against 0.15); cancels confirmed',
    '    ends with: npx --no interlock reset maxDrawdown',
    '  TRIPPED manual, pause all, by manual.cli: \\u{1b}[2Kall is well; cancels confirmed',
    '    ends with: npx --no interlock resume manual',
    '  WAITS BUY 12 SPY @ 512.34, since 7 s, until 2026-01-05T14:32:00.000Z: npx --no interlock approve GB7Q',
    '  EXIT escalated: everything in paper-1, asked for by ada: closed (SPY)',
  ]);
});
