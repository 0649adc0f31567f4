import type { SimProcess } from '../../../infra/sim/simulation.ts';
import type { Alert } from '../../../protos/gen/system.ts';
import type { ExecutionFact } from '../../kernel/bus/execution-row.ts';
import type { Verdicts } from './verdicts.ts';

/** A process that dies sooner after its row may not have come to its alert. */
const tellUsMax = 1_000_000;

interface Due {
  readonly code: string;
  readonly about: string;
  readonly process: SimProcess;
  readonly atUs: number;
}

/** What execution journals and a person has to know of: for each such row its alert has gone out by the end. */
export class DueAlerts {
  readonly #verdicts: Verdicts;
  readonly #due: Due[] = [];
  readonly #raised = new Map<string, number>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  onFact(fact: ExecutionFact, process: SimProcess): void {
    const atUs = process.simulation.nowUs;
    for (const told of dueOf(fact)) this.#due.push({ ...told, process, atUs });
  }

  onAlert({ code, about }: { readonly code: string; readonly about: string }): void {
    const key = `${code} of ${about}`;
    this.#raised.set(key, (this.#raised.get(key) ?? 0) + 1);
  }

  check(): void {
    const expected = new Map<string, number>();
    for (const { code, about, process, atUs } of this.#due) {
      if ((process.endedUs ?? Number.MAX_SAFE_INTEGER) - atUs < tellUsMax) continue;
      const key = `${code} of ${about}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    for (const [key, count] of expected) {
      const raised = this.#raised.get(key) ?? 0;
      if (raised < count) this.#verdicts.broken('ALERT_MISSING', `${key}: ${count} were due, ${raised} came`);
    }
  }
}

function dueOf(fact: ExecutionFact): readonly { readonly code: string; readonly about: string }[] {
  switch (fact.case) {
    case 'order':
      return fact.value.flags.map((code) => ({ code, about: fact.value.clientOrderId }));
    case 'killSwitch': {
      const { body, ignored, name } = fact.value;
      return body.case === 'tripped' && !ignored ? [{ code: 'KILL_TRIPPED', about: name }] : [];
    }
    case 'authority': {
      const { body, subject } = fact.value;
      return body.case === 'refused' ? [{ code: 'AUTHORITY_REFUSED', about: subject }] : [];
    }
    case 'reconciliation': {
      const { converged, account } = fact.value;
      return converged ? [] : [{ code: 'RECONCILIATION_BREAK', about: account }];
    }
    default:
      // Of no other row does a person have to know at once.
      return [];
  }
}

export function isAlert(message: unknown): message is Alert {
  return typeof message === 'object' && message !== null && 'code' in message && 'about' in message;
}
