/**
 * Plain values as bytes, made to be written in a hurry: straight into one buffer, an object's names by their numbers.
 * Undefined, bigint, bytes, maps and all doubles come back as they went in; of a class its own fields remain.
 */
const kinds = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  /** Whole and not negative, in groups of seven bits. */
  natural: 4,
  double: 5,
  text: 6,
  bytes: 7,
  /** 64 bits; a larger one is text. */
  bigint: 8,
  largeBigint: 9,
  list: 10,
  object: 11,
  map: 12,
} as const;

/** An object may have names without number, such as ids; those that come first are the ones that come often. */
const namesMax = 4_096;
const firstBytes = 64 * 1024;
const naturalBytesMax = 8;
/** Longer text, or text beyond ASCII, is encoded by the platform, which takes a while to begin. */
const plainCharactersMax = 48;
const utf8BytesPerCharacterMax = 3;

export class PackedWriter {
  readonly #names = new Map<string, number>();
  #buffer = Buffer.allocUnsafe(firstBytes);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** What was written since the last call; the memory is the caller's from now on. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#used);
    this.#buffer = Buffer.allocUnsafe(Math.max(firstBytes, 2 * this.#used));
    this.#used = 0;
    return taken;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#used] = value;
    this.#used += 1;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#used = this.#buffer.writeDoubleLE(value, this.#used);
  }

  natural(value: number): void {
    this.#reserve(naturalBytesMax);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#used] = (rest % 0x80) | 0x80;
      this.#used += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#used] = rest;
    this.#used += 1;
  }

  text(value: string): void {
    if (value.length <= plainCharactersMax && this.#plainText(value)) return;
    const bytesMax = value.length * utf8BytesPerCharacterMax;
    this.#reserve(naturalBytesMax + bytesMax);
    const bytes = Buffer.byteLength(value);
    this.natural(bytes);
    this.#used += this.#buffer.write(value, this.#used);
  }

  /** The text itself the first time, and from then on its number. */
  name(value: string): void {
    const known = this.#names.get(value);
    if (known === undefined) {
      if (this.#names.size < namesMax) this.#names.set(value, this.#names.size);
      this.natural(0);
      this.text(value);
    } else this.natural(known + 1);
  }

  /** What is no plain value, such as a function, is left out: a recording never fails its service. */
  value(value: unknown): void {
    if (value === null) this.byte(kinds.null);
    else if (typeof value === 'boolean') this.byte(value ? kinds.true : kinds.false);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (typeof value === 'object') this.#object(value);
    else if (typeof value === 'string') {
      this.byte(kinds.text);
      this.text(value);
    } else this.byte(kinds.undefined);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
      this.byte(kinds.natural);
      this.natural(value);
    } else {
      this.byte(kinds.double);
      this.double(value);
    }
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(kinds.bigint);
      this.#reserve(8);
      this.#used = this.#buffer.writeBigInt64LE(value, this.#used);
    } else {
      this.byte(kinds.largeBigint);
      this.text(String(value));
    }
  }

  #object(value: object): void {
    if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) {
      this.byte(kinds.list);
      this.natural(value.length);
      for (const part of value) this.value(part);
    } else if (value instanceof Map) {
      this.byte(kinds.map);
      this.natural(value.size);
      for (const [key, part] of value) {
        this.value(key);
        this.value(part);
      }
    } else {
      const fields = Object.entries(value);
      this.byte(kinds.object);
      this.natural(fields.length);
      for (const [name, part] of fields) {
        this.name(name);
        this.value(part);
      }
    }
  }

  #bytes(value: Uint8Array): void {
    this.byte(kinds.bytes);
    this.#reserve(naturalBytesMax + value.length);
    this.natural(value.length);
    this.#buffer.set(value, this.#used);
    this.#used += value.length;
  }

  /** False, and nothing written, when a character takes more than a byte. */
  #plainText(value: string): boolean {
    const { length } = value;
    this.#reserve(1 + length);
    const start = this.#used + 1;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      this.#buffer[start + index] = code;
    }
    this.#buffer[this.#used] = length;
    this.#used = start + length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#used + bytes, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}

const tooShort = 'a value goes on behind its block';

/** Reads what a writer took away, block by block: names are known from one to the next. Throws RangeErrors. */
export class PackedReader {
  readonly #names: string[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;

  open(block: Buffer): void {
    this.#buffer = block;
    this.#at = 0;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#buffer.length;
  }

  byte(): number {
    const value = this.#buffer[this.#at];
    if (value === undefined) throw new RangeError(tooShort);
    this.#at += 1;
    return value;
  }

  double(): number {
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  natural(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const end = this.#endOf(this.natural());
    const value = this.#buffer.toString('utf8', this.#at, end);
    this.#at = end;
    return value;
  }

  name(): string {
    const number = this.natural();
    if (number === 0) {
      const value = this.text();
      if (this.#names.length < namesMax) this.#names.push(value);
      return value;
    }
    const known = this.#names[number - 1];
    if (known === undefined) throw new RangeError('a name was never told');
    return known;
  }

  value(): unknown {
    switch (this.byte()) {
      case kinds.undefined:
        return undefined;
      case kinds.null:
        return null;
      case kinds.true:
        return true;
      case kinds.false:
        return false;
      case kinds.natural:
        return this.natural();
      case kinds.double:
        return this.double();
      case kinds.text:
        return this.text();
      case kinds.bytes:
        return this.#bytes();
      case kinds.bigint:
        this.#at += 8;
        return this.#buffer.readBigInt64LE(this.#at - 8);
      case kinds.largeBigint:
        return BigInt(this.text());
      case kinds.list:
        return this.#parts(() => this.value());
      case kinds.object:
        return Object.fromEntries(this.#parts(() => [this.name(), this.value()]));
      case kinds.map:
        return new Map(this.#parts(() => [this.value(), this.value()]));
      default:
        throw new RangeError('a value is of no known kind');
    }
  }

  /** Of the same class as the codec gives, whoever made them; a view, as its are. */
  #bytes(): Uint8Array {
    const end = this.#endOf(this.natural());
    const { buffer, byteOffset } = this.#buffer;
    const value = new Uint8Array(buffer, byteOffset + this.#at, end - this.#at);
    this.#at = end;
    return value;
  }

  #parts<T>(read: () => T): T[] {
    const count = this.natural();
    if (count > this.#buffer.length) throw new RangeError(tooShort);
    return Array.from({ length: count }, read);
  }

  #endOf(bytes: number): number {
    const end = this.#at + bytes;
    if (end > this.#buffer.length) throw new RangeError(tooShort);
    return end;
  }
}
