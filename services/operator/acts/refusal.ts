import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { type AuthorityCode, authorityCodes } from '../../kernel/signing/authority.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible-text.ts';
import { type ActOutcome, answeredWithinUs } from './perform.ts';

/** Of a switch that is not reset or resumed. */
const switchRemedies: Readonly<Record<string, string>> = {
  NOT_TRIPPED: 'there is nothing to reset: "npx --no interlock switches" says what is latched',
  COOL_DOWN: 'wait for the end of the cool-down and reset again',
  CONDITION_STANDS:
    'remove the cause, books that differ from the venue with "npx --no interlock reconcile"; a drawdown or daily loss can be measured anew with --rebase-peak and two keys',
  NOT_REBASABLE: 'only maxDrawdown and dailyLoss can be measured anew: reset without --rebase-peak',
  NOT_PAUSED: 'what was stopped is ended by "npx --no interlock reset", not by resume',
};

const enroll = 'let somebody with an enrolled key run "npx --no interlock keyring enroll"';
const again = 'give the command again: it signs anew';
const elsewhere = 'connect to the system that you mean with --nats or --data-folder';
const look = 'see "npx --no interlock approvals" and "npx --no interlock orders <order>"';

const remedies: Readonly<Partial<Record<AuthorityCode, string>>> = {
  UNKNOWN_KEY: `${enroll}, or name another key with --key`,
  RETIRED_KEY: 'make a new key with "npx --no interlock keys new" and have it enrolled',
  BAD_SIGNATURE: again,
  EXPIRED: `set this machine's clock, and ${again}`,
  WRONG_ENVIRONMENT: elsewhere,
  WRONG_LEDGER: elsewhere,
  WRONG_ACCOUNT: elsewhere,
  NONCE_REUSED: again,
  SECOND_KEY_MISSING: 'name a second, different key with --second-key, or use --write-request',
  UNSIGNED: 'name your key with --key',
  OTHER_ORDER: look,
  OTHER_LIMITS: look,
  NOT_WAITING: look,
  NOTHING_TO_ACCEPT: 'there is nothing to do: see "npx --no interlock status"',
  OTHER_DIFFERENCES: 'look at what differs now with "npx --no interlock reconcile", and accept that',
  NOT_BOOKABLE: 'put it right at the venue, as "npx --no interlock reconcile" says of each',
  NO_PRICE: 'name one with --price, such as --price SPY=512.30',
  TRIPPED_AGAIN: 'look at why in "npx --no interlock status", then reset once more',
  OTHER_HISTORY: 'look at why in "npx --no interlock status", then reset once more',
  KEY_MALFORMED: 'let the .pub file be made again with "npx --no interlock keys new"',
  UNKNOWN_SWITCH: 'see "npx --no interlock switches"',
  KEY_KNOWN: 'see "npx --no interlock keyring list"; a retired key never comes back',
  KEY_UNKNOWN: 'see "npx --no interlock keyring list"',
  LAST_KEY: 'enroll another key first',
  OWN_KEY: 'let the other person give the command, with their key',
};

/** What to do about a refusal; empty where nothing is known. */
export function remedyOf(code: string): string {
  return switchRemedies[code] ?? Object.entries(remedies).find(([known]) => known === code)?.[1] ?? '';
}

/** Prints why an act was not done, and what to do: exit code 1. */
export function reportFailure(
  terminal: Terminal,
  act: { readonly act: string; readonly [name: string]: unknown },
  failure: Exclude<ActOutcome<never>, { kind: 'answered' }>,
): ExitCode {
  if (failure.kind === 'unanswered') {
    terminal.result({ ...act, done: false, code: 'UNANSWERED' }, [
      `${terminal.colour('red', 'NOT CONFIRMED')}: ${act.act} was sent and not answered within ${answeredWithinUs / 1e6} s; ` +
        'see "npx --no interlock status", and give the command again: twice does no harm. Signed acts come to NATS ' +
        'with operator.nkey alone, from the folder of --keys.',
    ]);
    return exitCodes.failedCheck;
  }
  const { by, code, detail } = failure;
  const remedy = remedyOf(code);
  const why =
    detail === '' ? (Object.entries(authorityCodes).find(([known]) => known === code)?.[1] ?? code) : detail;
  terminal.result({ ...act, done: false, by, code, detail, remedy }, [
    `${terminal.colour('red', 'REFUSED')} by ${by}, ${code}: ${visible(why)}${remedy === '' ? '' : `; ${remedy}`}.`,
  ]);
  return exitCodes.failedCheck;
}
