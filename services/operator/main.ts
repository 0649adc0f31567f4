import { readFileSync } from 'node:fs';
import { exitCodes } from '../../infra/process/user-error.ts';
import { explain, runCommandLine } from './command-line.ts';
import { Terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

// A reader that has seen enough, such as `head`, closes the pipe: nothing is wrong then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.success);
});

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';

const typed = process.argv.slice(2);
const out = process.stdout;
const error = process.stderr;
const noColor = (process.env.NO_COLOR ?? '') !== '';

// While a verb waits, its connection may say what NATS does not allow. A service has words of its own for its end.
if (typed[0] !== 'service') {
  process.on('uncaughtException', (thrown) => {
    process.exit(explain(thrown, new Terminal({ isJson: typed.includes('--json'), out, error, noColor })));
  });
}

process.exitCode = await runCommandLine(typed, { verbs, version: String(version), out, error, noColor });
