export type CodecErrorCode =
  | 'MISSING'
  | 'WRONG_TYPE'
  | 'EMPTY'
  | 'OUT_OF_RANGE'
  | 'UNKNOWN_VALUE'
  | 'MALFORMED'
  | 'TOO_LARGE';

/** Why a value or its bytes were refused: by field, or as a whole when `fieldPath` is empty. */
export interface RefusalReason {
  readonly code: CodecErrorCode;
  /** Such as `legs[].price`. */
  readonly fieldPath: string;
  readonly expected: string;
  readonly found: string;
}

/** The only error that the `encode` and `decode` of a message throw. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  readonly messageName: string;
  readonly fieldPath: string;
  readonly expected: string;
  readonly found: string;

  constructor(messageName: string, reason: RefusalReason, cause?: unknown) {
    const place = reason.fieldPath === '' ? messageName : `${messageName}.${reason.fieldPath}`;
    super(`${place}: expected ${reason.expected}, found ${reason.found}`, { cause });
    this.code = reason.code;
    this.messageName = messageName;
    this.fieldPath = reason.fieldPath;
    this.expected = reason.expected;
    this.found = reason.found;
  }
}

/** Thrown by a check, which does not know the message it works for; `checkedMessage` makes a CodecError of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(reason.expected);
    this.reason = reason;
  }
}

export function refuse(code: CodecErrorCode, fieldPath: string, expected: string, value: unknown): never {
  throw new Refusal({ code, fieldPath, expected, found: described(value) });
}

/** For a value that is not even of the right type. */
export function refuseType(fieldPath: string, expected: string, value: unknown): never {
  refuse(value === undefined ? 'MISSING' : 'WRONG_TYPE', fieldPath, expected, value);
}

const describedCharactersMax = 40;

function described(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value.slice(0, describedCharactersMax))}`;
    case 'bigint':
      return `bigint ${String(value).slice(0, describedCharactersMax)}`;
    case 'number':
    case 'boolean':
      return `${typeof value} ${value}`;
    case 'undefined':
      return 'nothing';
    default:
      return value === null ? 'null' : typeof value;
  }
}
