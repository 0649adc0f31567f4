import type { SimProcess } from '../../../infra/sim/simulation.ts';
import type { Alert } from '../../../protos/gen/system.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import type { ExecutionFact } from '../../kernel/bus/execution-row.ts';
import { type RiskFact, readRiskRow } from '../../kernel/bus/risk-row.ts';
import type { JournalRow } from '../../kernel/journal/journal.ts';
import type { Verdicts } from './verdicts.ts';

/** A process that dies sooner after its row may not have come to its alert. */
const tellUsMax = 1_000_000;

interface Due {
  readonly code: string;
  readonly about: string;
  readonly process: SimProcess;
  readonly atUs: number;
}

/** What execution and risk journal and a person has to know of: for each such row its alert has gone out by the end. */
export class DueAlerts {
  readonly #verdicts: Verdicts;
  readonly #due: Due[] = [];
  readonly #raised = new Map<string, number>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** A row of execution, once it is on disk. */
  onFact(fact: ExecutionFact, process: SimProcess): void {
    this.#note(dueOfExecution(fact), process);
  }

  onRiskRows(rows: readonly JournalRow[], process: SimProcess): void {
    for (const row of rows) this.#note(dueOfBoth(readRiskRow(row)), process);
  }

  #note(due: readonly Told[], process: SimProcess): void {
    const atUs = process.simulation.nowUs;
    for (const told of due) this.#due.push({ ...told, process, atUs });
  }

  onAlert({ code, about, service }: Alert): void {
    const key = keyOf({ code, about, service });
    this.#raised.set(key, (this.#raised.get(key) ?? 0) + 1);
  }

  check(): void {
    const expected = new Map<string, number>();
    for (const { process, atUs, ...told } of this.#due) {
      if ((process.endedUs ?? Number.MAX_SAFE_INTEGER) - atUs < tellUsMax) continue;
      const key = keyOf({ ...told, service: process.name });
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    for (const [key, count] of expected) {
      const raised = this.#raised.get(key) ?? 0;
      if (raised < count) this.#verdicts.broken('ALERT_MISSING', `${key}: ${count} were due, ${raised} came`);
    }
  }
}

function keyOf(alert: Pick<Alert, 'code' | 'about' | 'service'>): string {
  return `${alert.code} of ${alert.about} by ${alert.service}`;
}

type Told = Pick<Alert, 'code' | 'about'>;

function dueOfExecution(fact: ExecutionFact): readonly Told[] {
  switch (fact.case) {
    case 'order': {
      const { clientOrderId: about, flags, state, ignored } = fact.value;
      const waits = state === 'awaitingApproval' && !ignored ? ['APPROVAL_WAITS'] : [];
      return [...flags, ...waits].map((code) => ({ code, about }));
    }
    case 'killSwitch': {
      const { body, name } = fact.value;
      if (body.case === 'cancelsEscalated') return [{ code: 'KILL_ESCALATED', about: name }];
      return dueOfBoth(fact);
    }
    case 'authority':
      return dueOfBoth(fact);
    case 'exit': {
      const { body, exitId: about } = fact.value;
      switch (body.case) {
        case 'requested':
          return [{ code: 'EXIT_REQUESTED', about }];
        case 'completed':
          return [{ code: 'EXIT_COMPLETED', about }];
        case 'escalated':
          return [{ code: body.value.givenUp === true ? 'EXIT_GIVEN_UP' : 'EXIT_ESCALATED', about }];
        default:
          return assertNever(body);
      }
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

/** Trips and refused acts; of what execution alone does with a trip, risk's row is a copy. */
function dueOfBoth(fact: RiskFact): readonly Told[] {
  if (fact.case === 'authority') {
    const { body, subject } = fact.value;
    return body.case === 'refused' ? [{ code: 'AUTHORITY_REFUSED', about: subject }] : [];
  }
  const { body, ignored, name, level } = fact.value;
  const isTrip = body.case === 'tripped' || (body.case === 'graceExpired' && level === 'tripped');
  return isTrip && !ignored ? [{ code: 'KILL_TRIPPED', about: name }] : [];
}

export function isAlert(message: unknown): message is Alert {
  return typeof message === 'object' && message !== null && 'code' in message && 'about' in message;
}
