/**
 * The lock remembers every number and name that the contract ever used. Journals keep messages for years: a
 * number that comes back with another meaning would be read as what it once was.
 */
import { allFields, type Contract, ContractError, type Reserved } from './contract.ts';

/** Full name of a message or enum → number → what it carries. */
export type Lock = Readonly<Record<string, Readonly<Record<string, LockedNumber>>>>;

export interface LockedNumber {
  readonly name: string;
  /** Absent for the value of an enum. */
  readonly type?: string;
}

interface Lockable {
  readonly fullName: string;
  readonly file: string;
  readonly reserved: Reserved;
  readonly numbers: Readonly<Record<string, LockedNumber>>;
}

/** The lock with what is new in the contract; throws a ContractError if the contract breaks what is locked. */
export function extendLock(lock: Lock, contract: Contract): Lock {
  const current = lockables(contract);
  const names = new Set(current.map(({ fullName }) => fullName));
  for (const fullName of Object.keys(lock)) {
    if (!names.has(fullName)) {
      throw new ContractError(`${fullName} was removed, but journals may hold it; bring it back`);
    }
  }
  for (const lockable of current) {
    for (const [number, locked] of Object.entries(lock[lockable.fullName] ?? {})) {
      refuseBreach(lockable, Number(number), locked);
    }
  }
  const entries = current.map(
    ({ fullName, numbers }) => [fullName, { ...lock[fullName], ...numbers }] as const,
  );
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function refuseBreach(lockable: Lockable, number: number, locked: LockedNumber): void {
  const place = `${lockable.file}: ${lockable.fullName}: ${locked.name} = ${number}`;
  const current = lockable.numbers[number];
  if (current === undefined) {
    const { ranges, names } = lockable.reserved;
    const isReserved =
      ranges.some(([from, to]) => from <= number && number <= to) && names.includes(locked.name);
    if (isReserved) return;
    throw new ContractError(`${place} is gone; add 'reserved ${number}; reserved "${locked.name}";'`);
  }
  if (current.name !== locked.name) {
    throw new ContractError(
      `${place} is now ${current.name}; reserve number and name, and take a new number`,
    );
  }
  if (current.type !== locked.type) {
    throw new ContractError(
      `${place} was ${locked.type}, is now ${current.type}; reserve both, take a new number`,
    );
  }
}

function lockables(contract: Contract): readonly Lockable[] {
  return contract.areas.flatMap(({ enums, messages }) => [
    ...enums.map((one) => ({
      ...one,
      numbers: Object.fromEntries(one.values.map(({ number, protoName }) => [number, { name: protoName }])),
    })),
    ...messages.map((message) => ({
      ...message,
      numbers: Object.fromEntries(
        allFields(message).map(({ number, protoName, presence, wireType }) => [
          number,
          { name: protoName, type: presence === 'repeated' ? `repeated ${wireType}` : wireType },
        ]),
      ),
    })),
  ]);
}
