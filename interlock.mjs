#!/usr/bin/env node
// The command line runs on Node 24.18 or newer. An older Node that starts this file looks for the one npm installed
// beside it and hands over; so this file alone is plain JavaScript that every Node can read.
import { spawn } from 'node:child_process';
import nodeModule, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const exitCodeUnavailable = 69;
const entry = new URL('./services/operator/main.ts', import.meta.url);
// What Node has compiled is kept, by the content of each source: every process after the first starts in half the time.
// It is as trusted as the sources and lies beside them; where that cannot be written, Node goes without.
const compileCache = fileURLToPath(new URL('./.cache/compile', import.meta.url));

if (isRecentEnough(process.versions.node)) {
  nodeModule.enableCompileCache(compileCache);
  // Threads and processes that it starts have it by this.
  process.env.NODE_COMPILE_CACHE ??= compileCache;
  await import(entry.href);
} else {
  const provisioned = provisionedNode();
  if (provisioned === undefined) explainAndExit();
  else handOver(provisioned);
}

function isRecentEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 18);
}

function provisionedNode() {
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', isWindows ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function handOver(node) {
  const hasParentChannel = process.send !== undefined;
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], {
    // What may not outlive this process hears by the channel that it is gone, however it ended.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  child.on('error', explainAndExit);
  child.on('exit', endLike);
  forwardSignals(child);
  if (hasParentChannel) relayMessages(child);
}

function forwardSignals(child) {
  // A terminal sends Ctrl+C and its own hang-up to the child as well, and twice would mean: at once, without care.
  const sentByTerminal = process.stdin.isTTY ? ['SIGINT', 'SIGHUP'] : [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    if (!(signal in constants.signals)) continue;
    process.on(signal, () => {
      if (!sentByTerminal.includes(signal)) child.kill(signal);
    });
  }
}

function relayMessages(child) {
  process.on('message', (message) => child.connected && child.send(message));
  child.on('message', (message) => process.connected && process.send(message));
  process.on('disconnect', () => child.connected && child.disconnect());
}

function endLike(code, signal) {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function explainAndExit() {
  process.stderr.write(
    `Interlock needs Node 24.18 or newer and this is ${process.versions.node}: install it from https://nodejs.org, ` +
      'or run "npm ci", which brings one along on Linux, Windows and Intel Macs.\n',
  );
  process.exit(exitCodeUnavailable);
}
