import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRunRecord } from '../../../infra/client/run-record.ts';
import { createSystemClock } from '../../../infra/clock/system-clock.ts';
import { type LoadedProfile, loadProfile } from '../../../infra/config/load-profile.ts';
import { verifyJournal } from '../../../infra/journal/audit.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { keyProblems } from '../../../infra/keys/key-check.ts';
import { findServerProgram } from '../../../infra/nats/server-program.ts';
import { computeBuildHash } from '../../../infra/process/build-hash.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { announcedMonitorUrl } from '../monitor-client.ts';
import { dataFolderOf, keyFolderOf } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import { requireFreePort } from '../up/port.ts';
import type { Given } from '../verb.ts';

interface Check {
  readonly name: string;
  /** What was found; throws when it is not as it must be. */
  look(): string | Promise<string>;
}

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  let failures = 0;
  for (const check of checks(given)) {
    const { isGood, found } = await outcomeOf(check);
    if (!isGood) failures += 1;
    const mark = isGood ? terminal.colour('green', 'good') : terminal.colour('red', 'BAD ');
    terminal.result({ check: check.name, good: isGood, found }, [
      `${mark}  ${check.name.padEnd(12)} ${found}`,
    ]);
  }
  return failures === 0 ? exitCodes.success : exitCodes.failedCheck;
}

async function outcomeOf(check: Check): Promise<{ readonly isGood: boolean; readonly found: string }> {
  try {
    return { isGood: true, found: await check.look() };
  } catch (error) {
    return { isGood: false, found: error instanceof Error ? error.message : String(error) };
  }
}

function checks(given: Given): readonly Check[] {
  const dataFolder = dataFolderOf(given);
  const loaded = (): LoadedProfile => loadProfile(given.text('profile') ?? 'paper');
  return [
    { name: 'node', look: () => `Node ${process.versions.node} at ${process.execPath}` },
    { name: 'build', look: computeBuildHash },
    {
      name: 'profile',
      look: () => `${loaded().name} is complete, limits ${loaded().limitsVersion}`,
    },
    { name: 'keys', look: () => keys(keyFolderOf(given)) },
    { name: 'nats-server', look: natsServer },
    { name: 'disk', look: () => disk(dataFolder) },
    { name: 'clock', look: clock },
    { name: 'port', look: () => port(loaded().profile.monitor.port, dataFolder) },
    ...journalOwners.map((owner) => ({ name: owner, look: () => journal(journalPathOf(dataFolder, owner)) })),
  ];
}

function keys(folder: string): string {
  if (!existsSync(folder)) return `none yet in ${folder}: "npm start" makes them, or "interlock keys init"`;
  const problems = keyProblems(folder);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return `the keys in ${folder} are sound, and readable by their owner alone`;
}

async function natsServer(): Promise<string> {
  const cacheFolder = fileURLToPath(new URL('../../../.cache', import.meta.url));
  const { path, versionText } = await findServerProgram({ cacheFolder });
  return `nats-server ${versionText} at ${path}`;
}

/** Writes, syncs and removes one small file in the data folder, or where it would be made. */
function disk(dataFolder: string): string {
  let folder = resolve(dataFolder);
  while (!existsSync(folder)) folder = dirname(folder);
  const path = join(folder, `.interlock-doctor-${process.pid}`);
  const startedUs = createSystemClock().monotonicUs();
  const file = openSync(path, 'wx');
  try {
    writeSync(file, 'written by interlock doctor');
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(path);
  }
  const elapsedMs = (createSystemClock().monotonicUs() - startedUs) / 1000;
  return `${folder} can be written; one synced write took ${elapsedMs.toFixed(1)} ms`;
}

/** A day on which this version was already written. */
const earliest = Date.UTC(2026, 0, 1);

function clock(): string {
  const now = new Date(createSystemClock().wallUs() / 1000);
  if (now.getTime() < earliest) throw new Error(`the clock says ${now.toISOString()}: set it`);
  return now.toISOString();
}

async function port(number: number, dataFolder: string): Promise<string> {
  if (readRunRecord(dataFolder) !== undefined) {
    return `the system runs, its monitor answers at ${announcedMonitorUrl(dataFolder) ?? 'no address yet'}`;
  }
  await requireFreePort(number);
  return `${number} is free`;
}

function journal(path: string): string {
  if (!existsSync(path)) return 'no journal yet';
  const result = verifyJournal(path);
  if (!result.ok) throw new Error(result.detail);
  return `${result.head.sequence} events, sound`;
}
