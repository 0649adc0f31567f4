import { existsSync, readdirSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { describeIssues } from '../config/describe-issues.ts';
import { exitCodes, UserError } from '../process/user-error.ts';

/** What the face `interlock/strategy` calls a StrategyDefinition, as far as a module from anywhere can be checked. */
export interface StrategyModule {
  readonly name: string;
  readonly parameters: z.ZodType;
  history?(parameters: unknown): number;
  create(context: unknown, parameters: unknown): unknown;
}

const library = new URL('../../services/strategy/library/', import.meta.url);

function shipped(): readonly string[] {
  return readdirSync(library)
    .flatMap((name) => (name.endsWith('.ts') ? [name.slice(0, -'.ts'.length)] : []))
    .sort();
}

/** Packages that a strategy file may import wherever it lies; they come from this installation. */
const provided = new Set(['interlock/strategy', 'zod']);

interface Loading {
  /** Nothing may be left of what the module did before. */
  readonly anew?: boolean;
}

/**
 * Loads a strategy: the name of one that ships, or the path of a `.ts`, `.mts`, `.js` or `.mjs` file inside or outside
 * the clone that exports `strategy`. Throws UserError naming file, key, expected and found.
 */
export async function loadStrategyModule(name: string, options: Loading = {}): Promise<StrategyModule> {
  const { file, found } = await exportOf(name, 'strategy', options);
  if (!isStrategyModule(found)) {
    throw new UserError(
      exitCodes.configuration,
      `${file}: expected \`export const strategy = defineStrategy({ name, parameters, create })\`, found ${describe(found)}.`,
    );
  }
  return found;
}

/** What a strategy's file exports by this name, if anything. Throws a UserError when it cannot be loaded. */
export async function exportOf(
  name: string,
  exported: string,
  { anew = false }: Loading = {},
): Promise<{ readonly file: string; readonly found: unknown }> {
  provideFace();
  const file = strategyFileOf(name);
  try {
    const { href } = pathToFileURL(file);
    // A module is loaded once under one name, so that a further time takes another.
    if (anew) timesAnew += 1;
    const loaded: unknown = await import(anew ? `${href}?anew=${timesAnew}` : href);
    const isModule = typeof loaded === 'object' && loaded !== null;
    return { file, found: isModule ? Reflect.get(loaded, exported) : undefined };
  } catch (error) {
    throw new UserError(exitCodes.configuration, `${file}: cannot be loaded: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The parameters as the strategy's own schema gives them back. Throws UserError naming strategy, key, expected, found. */
export function checkParameters(strategy: string, module: StrategyModule, parameters: unknown): unknown {
  const result = module.parameters.safeParse(parameters);
  if (result.success) return result.data;
  const lines = describeIssues(result.error.issues, parameters).map(
    (line) => `strategy ${strategy}: parameters.${line}`,
  );
  throw new UserError(exitCodes.configuration, lines.join('\n'));
}

/** Where its source is. Throws a UserError when it is not there. */
export function strategyFileOf(name: string): string {
  if (!/[/\\.]/.test(name)) {
    const file = fileURLToPath(new URL(`${name}.ts`, library));
    if (existsSync(file)) return file;
    throw new UserError(
      exitCodes.configuration,
      `no strategy ${name}: expected one that ships (${shipped().join(', ')}), or the path of a file such as ./${name}.ts.`,
    );
  }
  const file = isAbsolute(name) ? name : resolve(name);
  const information = statSync(file, { throwIfNoEntry: false });
  if (information?.isFile() ?? false) return file;
  const found = information === undefined ? 'no strategy file' : 'a folder is no strategy:';
  throw new UserError(exitCodes.configuration, `${found} ${file}: expected the path of a .ts or .js file.`);
}

let facesProvided = false;
let timesAnew = 0;

/** A file outside the clone has no node_modules of ours beside it, so these names are resolved from here. */
function provideFace(): void {
  if (facesProvided) return;
  facesProvided = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      provided.has(specifier)
        ? next(specifier, { ...context, parentURL: import.meta.url })
        : next(specifier, context),
  });
}

function isStrategyModule(value: unknown): value is StrategyModule {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'name') === 'string' &&
    typeof Reflect.get(value, 'create') === 'function' &&
    Reflect.get(value, 'parameters') instanceof z.ZodType
  );
}

/** For a message. */
export function describe(value: unknown): string {
  if (value === undefined) return 'no such export';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `an object with the keys ${Object.keys(value).join(', ')}`;
}
