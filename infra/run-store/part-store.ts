import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, UserError } from '../process/user-error.ts';
import { syncFolder, writeDurably } from './durable-file.ts';

const digestCharacters = 16;
const planFile = 'plan.json';

/**
 * Long work in parts, each kept when it is done, so that a second start goes on where the first was killed. The
 * folder's name carries a digest of the whole plan: another plan, another folder, and parts never mix.
 */
export class PartStore {
  readonly folder: string;

  /** Throws a UserError when the folder cannot be written. */
  constructor(
    at: { readonly dataFolder: string; readonly kind: string; readonly name: string },
    plan: unknown,
  ) {
    const text = `${JSON.stringify(plan, undefined, 2)}\n`;
    const digest = createHash('sha256').update(text).digest('hex').slice(0, digestCharacters);
    this.folder = join(at.dataFolder, 'research', at.kind, `${at.name}-${digest}`);
    try {
      mkdirSync(this.folder, { recursive: true });
      if (!existsSync(join(this.folder, planFile))) this.write(planFile, text);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        exitCodes.cannotWrite,
        `${this.folder} cannot be written: ${detail}. Name another --data-folder.`,
        { cause },
      );
    }
  }

  /** The value as it was saved; undefined: not there, or damaged, and then cleared away to be made again. */
  load(part: string): unknown {
    const path = join(this.folder, `${part}.json`);
    if (!existsSync(path)) return undefined;
    const [digest, body] = readFileSync(path, 'utf8').split('\n', 2);
    if (body !== undefined && digest === digestOf(body)) return JSON.parse(body);
    rmSync(path);
    return undefined;
  }

  /** On the disk as a whole when it returns. */
  save(part: string, value: unknown): void {
    const body = JSON.stringify(value);
    this.write(`${part}.json`, `${digestOf(body)}\n${body}\n`);
  }

  /** Of what has been put together, the pieces are not needed any more. */
  remove(part: string): void {
    rmSync(join(this.folder, `${part}.json`), { force: true });
  }

  /** A result for others to read, as it is. Returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    const unfinished = `${path}.${process.pid}.new`;
    writeDurably(unfinished, text);
    renameSync(unfinished, path);
    syncFolder(this.folder);
    return path;
  }
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
