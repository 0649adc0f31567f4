// Aim: what a person types is either done or answered with one sentence and a stable exit code; with --json every
// line of stdout is JSON, errors included.
import { describe, expect, it } from 'vitest';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { runCommandLine } from '../../services/operator/command-line.ts';
import type { RunVerb, Verb } from '../../services/operator/verb.ts';
import { verbs } from '../../services/operator/verbs.ts';

const typed = verbs.filter((verb) => verb.isInternal === undefined);

describe('help', () => {
  it.each(typed.map((verb) => verb.name))('of %s shows an example', async (name) => {
    const { exitCode, out } = await type([...name.split(' '), '--help'], verbs);
    expect(exitCode).toBe(exitCodes.success);
    expect(out).toMatch(/Example:\n {2}npx --no interlock \S+/);
    expect(out).toContain(`interlock ${name}`);
    expect(out).toContain('--json');
  });

  it('of up shows ten options and says where the others are', async () => {
    const { out } = await type(['up', '--help'], verbs);
    const options = out.match(/^ {2}--[a-z-]+/gm) ?? [];
    expect(options).toHaveLength(10);
    expect(out).toContain('docs/generated/cli.md');
  });

  it('lists every verb that people type, and no other', async () => {
    const { out } = await type(['--help'], verbs);
    for (const { name } of typed) expect(out).toContain(` ${name.split(' ')[0]} `);
    expect(out).not.toContain('guard');
  });

  it('leaves its example typeable: each one names its verb and options that exist', async () => {
    for (const verb of typed) {
      const words = verb.example.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      const called = await type(
        words.map((word) => word.replace(/^['"]|['"]$/g, '')),
        verbs.map((other) => ({ ...other, load: async () => ({ run: async () => exitCodes.success }) })),
      );
      expect({ example: verb.example, ...called }).toMatchObject({ exitCode: exitCodes.success, error: '' });
    }
  });
});

describe('a mistake', () => {
  it('in the verb is answered with the verb that was meant', async () => {
    const { exitCode, error } = await type(['stauts'], verbs);
    expect(exitCode).toBe(exitCodes.usage);
    expect(error).toBe(
      `interlock: unknown command 'stauts' (Did you mean status?); "npx --no interlock help" lists the verbs.\n`,
    );
  });

  it.each([
    ['no verb', []],
    ['half a verb', ['journal']],
    ['an unknown option', ['status', '--colour']],
    ['a missing value', ['up', '--for']],
    ['a missing operand', ['backup']],
    ['too many operands', ['status', 'now']],
  ])('%s is a usage error in one sentence', async (_, words) => {
    const { exitCode, error, out } = await type(words, verbs);
    expect(exitCode).toBe(exitCodes.usage);
    expect(error).toMatch(/^interlock: [^\n]+\.\n$/);
    expect(out).toBe('');
  });
});

describe('an error of a verb', () => {
  const failing = (error: unknown): readonly Verb[] => [
    verb(async () => {
      throw error;
    }),
  ];

  it('for the person is its sentence and its code', async () => {
    const error = new UserError(exitCodes.inUse, 'Another run holds it: stop that.');
    const result = await type(['act'], failing(error));
    expect(result).toEqual({
      exitCode: exitCodes.inUse,
      out: '',
      error: 'interlock: Another run holds it: stop that.\n',
    });
  });

  it('is a line of JSON on stdout with --json', async () => {
    const error = new UserError(exitCodes.inUse, 'Another run holds it: stop that.');
    const { out } = await type(['act', '--json'], failing(error));
    expect(JSON.parse(out)).toEqual({
      error: { code: 'inUse', exitCode: exitCodes.inUse, message: 'Another run holds it: stop that.' },
    });
  });

  it('that nobody foresaw is a defect of ours, with its stack', async () => {
    const { exitCode, error } = await type(['act'], failing(new TypeError('x is undefined')));
    expect(exitCode).toBe(exitCodes.internal);
    expect(error).toContain('a defect of Interlock: TypeError: x is undefined');
    expect(error).toContain('operator-command-line.test.ts');
  });
});

it('a verb gets its operands and options, and its code becomes the exit code', async () => {
  const seen: unknown[] = [];
  const act = verb(async (given) => {
    seen.push(given.operand(0), given.text('dataFolder'), given.isSet('all'), given.wholeNumber('count'));
    return exitCodes.failedCheck;
  });
  const { exitCode } = await type(['act', 'it', '--data-folder', 'there', '--all', '--count', '12'], [act]);
  expect(exitCode).toBe(exitCodes.failedCheck);
  expect(seen).toEqual(['it', 'there', true, 12]);
});

it('a number that is none is named with what was expected', async () => {
  const act = verb(async (given) => {
    given.wholeNumber('count');
    return exitCodes.success;
  });
  const { exitCode, error } = await type(['act', '--count', 'many'], [act]);
  expect(exitCode).toBe(exitCodes.usage);
  expect(error).toBe('interlock: --count: expected a whole number, found "many".\n');
});

describe('colours', () => {
  const act = verb(async (_, terminal) => {
    terminal.say(terminal.colour('red', 'stop'));
    return exitCodes.success;
  });

  it('are there on a terminal', async () => {
    const { out } = await type(['act'], [act], { isTTY: true });
    expect(out).toBe('\u001b[31mstop\u001b[39m\n');
  });

  it.each([
    ['not a terminal', { isTTY: false }],
    ['NO_COLOR is set', { isTTY: true, noColor: true }],
  ])('are not there when it is %s', async (_, screen) => {
    const { out } = await type(['act'], [act], screen);
    expect(out).toBe('stop\n');
  });
});

function verb(run: RunVerb): Verb {
  return {
    name: 'act',
    summary: 'acts',
    operands: [{ notation: '[what]', meaning: 'on what' }],
    options: [
      { notation: '--data-folder <folder>', meaning: 'where' },
      { notation: '--all', meaning: 'on everything' },
      { notation: '--count <count>', meaning: 'how often' },
    ],
    example: 'act',
    load: async () => ({ run }),
  };
}

async function type(
  words: readonly string[],
  known: readonly Verb[],
  screen: { readonly isTTY?: boolean; readonly noColor?: boolean } = {},
) {
  const out = new Screen(screen.isTTY ?? false);
  const error = new Screen(false);
  const noColor = screen.noColor ?? false;
  const exitCode = await runCommandLine(words, { verbs: known, version: '0.1.0', out, error, noColor });
  return { exitCode, out: out.text, error: error.text };
}

class Screen {
  text = '';
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}
