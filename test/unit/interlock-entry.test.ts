// Aim: whichever Node starts interlock.mjs, the command line runs on a recent one and behaves as if it were alone:
// arguments, exit code, signals and messages pass; without a recent Node, one sentence and 69.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlantedTree, plantTree } from '../architecture/planted-tree.ts';

const platform = process.platform === 'win32' ? 'win' : process.platform;
const provisionedFolder = `node_modules/node-${platform}-${process.arch}`;
const provisionedBinary = join(provisionedFolder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

// Stands for the command line: does what its first argument says.
const stub = `
const [verb, value] = process.argv.slice(2);
let interrupts = 0;
const verbs = {
  exit: () => process.exit(Number(value)),
  where: () => console.log(JSON.stringify({ version: process.versions.node, args: process.argv.slice(2) })),
  thread: () => {
    const kept = "console.log(require('node:module').getCompileCacheDir())";
    import('node:worker_threads').then(({ Worker }) => new Worker(kept, { eval: true }));
  },
  die: () => process.kill(process.pid, value),
  wait: () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
      process.on(signal, () => { console.log(signal); process.exit(7); });
    }
    setInterval(() => undefined, 1000);
    console.log('ready');
  },
  echo: () => {
    process.on('message', (message) => process.send({ echoed: message }));
    process.on('disconnect', () => process.exit(8));
    process.send('ready');
  },
  interrupts: () => {
    process.on('SIGINT', () => console.log('interrupt ' + ++interrupts));
    process.stdin.on('data', () => { console.log('interrupts in all: ' + interrupts); process.exit(9); });
    console.log('ready');
  },
};
verbs[verb]();
`;

// Makes the running Node take itself for the one Debian ships.
const pretendOld =
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });";

let equipped: PlantedTree;
let bare: PlantedTree;

beforeAll(async () => {
  const entry = ['services/operator/main.ts', stub] as const;
  const old = ['old.mjs', pretendOld] as const;
  const provisioned = [`${provisionedFolder}/package.json`, '{}'] as const;
  equipped = await plantTree({
    files: new Map([entry, old, provisioned, [`${provisionedFolder}/bin/readme`, '']]),
    copied: ['interlock.mjs'],
  });
  bare = await plantTree({ files: new Map([entry, old]), copied: ['interlock.mjs'] });
  await symlink(process.execPath, join(equipped.root, provisionedBinary));
});

afterAll(async () => {
  await equipped.remove();
  await bare.remove();
});

it('a recent Node runs the command line itself', async () => {
  const started = start({ tree: bare, isOld: false, args: ['exit', '3'] });
  expect(await endOf(started)).toEqual({ code: 3, signal: null });
});

it.each([
  ['a recent Node', false],
  ['the provisioned one', true],
])(
  'what %s has compiled is kept beside the sources, and one that cannot keep it goes without',
  async (_, isOld) => {
    const kept = join(equipped.root, '.cache');
    await rm(kept, { recursive: true, force: true });
    expect(await endOf(start({ tree: equipped, isOld, args: ['exit', '0'] }))).toMatchObject({ code: 0 });
    const compiled = await readdir(join(kept, 'compile'), { recursive: true, withFileTypes: true });
    expect(compiled.filter((entry) => entry.isFile()).length).toBeGreaterThan(0);
    const thread = start({ tree: equipped, isOld, args: ['thread'] });
    expect(await textOf(thread.stdout)).toContain(join(kept, 'compile'));

    await rm(kept, { recursive: true });
    await writeFile(kept, 'no folder can be made here');
    const started = start({ tree: equipped, isOld, args: ['exit', '0'] });
    const complaint = textOf(started.stderr);
    expect(await endOf(started)).toMatchObject({ code: 0 });
    expect(await complaint).toBe('');
    await rm(kept);
  },
);

describe('an old Node', () => {
  it('hands over to the provisioned one, arguments and all', async () => {
    const started = start({ tree: equipped, args: ['where', '--json', 'a b'] });
    const output = JSON.parse(await textOf(started.stdout));
    expect(output).toEqual({
      version: process.versions.node,
      args: ['where', '--json', 'a b'],
    });
  });

  it.each([0, 3, 69])('ends with the exit code %d of the command line', async (code) => {
    const started = start({ tree: equipped, args: ['exit', String(code)] });
    expect(await endOf(started)).toEqual({ code, signal: null });
  });

  it('dies of the signal the command line died of', async () => {
    const started = start({ tree: equipped, args: ['die', 'SIGTERM'] });
    expect(await endOf(started)).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)('passes %s on and waits', async (signal) => {
    const started = start({ tree: equipped, args: ['wait'] });
    const output = textOf(started.stdout);
    await once(started.stdout ?? started, 'data');

    started.kill(signal);

    expect(await endOf(started)).toEqual({ code: 7, signal: null });
    expect(await output).toBe(`ready\n${signal}\n`);
  });

  it('relays messages both ways, and the end of the channel', async () => {
    const started = start({ tree: equipped, args: ['echo'], hasChannel: true });
    await once(started, 'message');

    started.send({ question: 1 });
    const [answer] = await once(started, 'message');
    started.disconnect();

    expect(answer).toEqual({ echoed: { question: 1 } });
    expect(await endOf(started)).toEqual({ code: 8, signal: null });
  });

  it.runIf(process.platform === 'linux')('lets one Ctrl+C in a terminal count once', async () => {
    // Not every shell replaces itself by its last command, and one that waits dies of the same Ctrl+C.
    const command = `exec '${process.execPath}' --import ./old.mjs interlock.mjs interrupts`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: equipped.root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const output = textOf(terminal.stdout);
    await seen(terminal, 'ready');

    terminal.stdin.write('\x03');
    await seen(terminal, 'interrupt 1');
    terminal.stdin.write('\n');

    expect(await endOf(terminal)).toEqual({ code: 9, signal: null });
    expect(await output).toContain('interrupts in all: 1');
  });

  it('without a provisioned one says in one sentence what to do and exits with 69', async () => {
    const started = start({ tree: bare, args: ['exit', '0'] });
    const complaint = textOf(started.stderr);
    expect(await endOf(started)).toEqual({ code: 69, signal: null });
    expect(await complaint).toMatch(/^Interlock needs Node 24\.18 or newer and this is 20\.20\.2: [^\n]+\n$/);
  });
});

function start(run: {
  readonly tree: PlantedTree;
  readonly args: readonly string[];
  readonly isOld?: boolean;
  readonly hasChannel?: boolean;
}): ChildProcess {
  const disguise = run.isOld === false ? [] : ['--import', './old.mjs'];
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  return spawn(process.execPath, [...disguise, 'interlock.mjs', ...run.args], {
    cwd: run.tree.root,
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...(run.hasChannel ? ['ipc' as const] : [])],
  });
}

async function endOf(started: ChildProcess): Promise<{ readonly code: unknown; readonly signal: unknown }> {
  if (started.exitCode === null && started.signalCode === null) await once(started, 'exit');
  return { code: started.exitCode, signal: started.signalCode };
}

function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}

async function seen(started: ChildProcess, words: string): Promise<void> {
  let output = '';
  started.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  while (!output.includes(words) && started.stdout) await once(started.stdout, 'data');
}
