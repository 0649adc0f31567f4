import { readFileSync } from 'node:fs';
import { exitCodes } from '../../infra/process/user-error.ts';
import { runCommandLine } from './command-line.ts';
import { verbs } from './verbs.ts';

// A reader that has seen enough, such as `head`, closes the pipe: nothing is wrong then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.success);
});

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';

process.exitCode = await runCommandLine(process.argv.slice(2), {
  verbs,
  version: String(version),
  out: process.stdout,
  error: process.stderr,
  noColor: (process.env.NO_COLOR ?? '') !== '',
});
