/** Exit codes of every command, after sysexits.h; docs/generated/cli.md lists them. */
export const exitCodes = {
  success: 0,
  /** A check that was asked for found something: audit verify, health, doctor. */
  failedCheck: 1,
  usage: 64,
  /** Data that cannot be read or was tampered with: a corrupt journal. */
  corruptData: 65,
  /** Something needed is not there: a recent node, a nats-server, a running system. */
  unavailable: 69,
  /** A defect of ours. */
  internal: 70,
  /** A folder or file that cannot be written. */
  cannotWrite: 73,
  /** Another run holds it: a second `npm start`, a port in use. */
  inUse: 75,
  configuration: 78,
  /** Ended by Ctrl+C before its end; what there was until then has been told. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error for the person at the keyboard: one sentence that says what to do, and no stack. */
export class UserError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** How a command ended that did not do what it was asked for. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** One sentence for what a person can mend, a stack for what only we can. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { exitCode: error.exitCode, message: error.message };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.internal, message: `a defect of Interlock: ${stack}` };
}

/** The same for a program, as every verb tells it with `--json`. */
export function failureObject({ exitCode, message }: Failure) {
  return { error: { code: nameOf(exitCode), exitCode, message } };
}

export function nameOf(exitCode: ExitCode): string {
  return Object.entries(exitCodes).find(([, code]) => code === exitCode)?.[0] ?? String(exitCode);
}

/** Of an option by its name in camel case: what was expected of it, and what was typed. */
export function badOption(option: string, expected: string, found: string): UserError {
  const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new UserError(exitCodes.usage, `--${flag}: expected ${expected}, found ${JSON.stringify(found)}.`);
}
