import type { KillSwitchEvent, SwitchTripped } from '../../protos/gen/risk.ts';
import type { SwitchName } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';

/** Risk decides about switches; execution journals the trips that it has seen on its own. */
export type SwitchOwner = 'risk' | 'execution';
const owners: readonly SwitchOwner[] = ['risk', 'execution'];

type Trip = Pick<SwitchTripped, 'source' | 'reason' | 'value' | 'threshold'>;

interface Entry {
  readonly last: KillSwitchEvent;
  /** What tripped it, while it is tripped. */
  readonly trip: Trip | undefined;
  /** The input that was lost last, and has not come back. */
  readonly lost: string;
}

/** The kill switches as the two journals tell them. */
export class SwitchBook {
  readonly #entries: Readonly<Record<SwitchOwner, Map<SwitchName, Entry>>> = {
    risk: new Map(),
    execution: new Map(),
  };

  take(owner: SwitchOwner, event: KillSwitchEvent): void {
    const known = this.#entries[owner].get(event.name);
    const lost = known?.lost ?? '';
    const trip = tripBy(event, lost) ?? known?.trip;
    this.#entries[owner].set(event.name, {
      last: event,
      trip: event.level === 'tripped' ? trip : undefined,
      lost: lostAfter(event, lost),
    });
  }

  /** Its journal is read anew. */
  forget(owner: SwitchOwner): void {
    this.#entries[owner].clear();
  }

  /** Switches that are latched in either journal. */
  get latched(): readonly SwitchName[] {
    return this.#names().filter((name) => this.#worst(name)?.last.level === 'tripped');
  }

  view(): readonly JsonObject[] {
    return this.#names().flatMap((name) => {
      const entry = this.#worst(name);
      return entry === undefined ? [] : [switchView(entry, this.#ownersThatTripped(name))];
    });
  }

  #names(): readonly SwitchName[] {
    return [...new Set(owners.flatMap((owner) => [...this.#entries[owner].keys()]))].sort();
  }

  /** Risk's word, unless only execution has it tripped: the union is what holds. */
  #worst(name: SwitchName): Entry | undefined {
    const { risk, execution } = this.#entries;
    const own = risk.get(name);
    const other = execution.get(name);
    if (own?.last.level === 'tripped' || other?.last.level !== 'tripped') return own ?? other;
    return other;
  }

  #ownersThatTripped(name: SwitchName): readonly SwitchOwner[] {
    return owners.filter((owner) => this.#entries[owner].get(name)?.last.level === 'tripped');
  }
}

/** Undefined for a row that trips nothing. */
function tripBy({ name, body, level, ignored }: KillSwitchEvent, lost: string): Trip | undefined {
  if (ignored) return undefined;
  if (body.case === 'tripped') return body.value;
  if (body.case !== 'graceExpired' || level !== 'tripped') return undefined;
  return { source: name, reason: `${lost}, and its grace is over` };
}

function lostAfter({ body }: KillSwitchEvent, before: string): string {
  if (body.case === 'inputLost') return body.value.input;
  return body.case === 'inputKnown' ? '' : before;
}

function switchView({ last, trip }: Entry, trippedIn: readonly SwitchOwner[]): JsonObject {
  return {
    name: last.name,
    level: last.level,
    action: last.action,
    scope: last.scope.kind === 'all' ? 'all' : `${last.scope.kind} ${last.scope.id}`,
    confirmation: last.confirmation,
    source: trip?.source ?? null,
    reason: trip?.reason ?? null,
    value: trip?.value ?? null,
    threshold: trip?.threshold ?? null,
    trippedIn,
    lastChange: last.body.case,
  };
}
