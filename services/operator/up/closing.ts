import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyJournal } from '../../../infra/journal/audit.ts';
import { journalHead } from '../../../infra/journal/journal-head.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { asObject, valueAt } from '../json-value.ts';
import { announcedMonitorUrl, readMonitor } from '../monitor-client.ts';
import { serviceNames } from '../service-names.ts';
import type { LiveView } from './live-view.ts';
import type { LocalSystem } from './local-system.ts';
import type { Run } from './run.ts';

/** As long as a monitor that has just been started again may take on a machine that is busy. */
const monitorMsMax = 20_000;
const pollIntervalMs = 50;

/** Stops what asks for orders first and what shows them last, proves the journals, and sums up. */
export async function stopServices({
  run,
  system,
  view,
}: {
  readonly run: Run;
  readonly system: LocalSystem;
  readonly view: LiveView;
}): Promise<ExitCode> {
  const { terminal, dataFolder } = run;
  // Without market data, which stops first, risk lets nothing new through: that says nothing about the run.
  view.beginClosing();
  let isUrgent = false;
  run.interrupts.onRepeated(() => {
    isUrgent = true;
  });
  // A system that had not begun has nothing to sum up.
  const hasBegun = view.waiting().every(({ service }) => service === 'monitor');
  const isWorthWaiting = (): boolean => !isUrgent && hasBegun;
  let proof: JournalProof | undefined;
  let summary: unknown;
  for (const service of serviceNames) {
    if (service === 'execution') {
      // A monitor that was restarted a moment ago still asks for rows, and execution alone can give them.
      await readSummary(dataFolder, journalHead(journalPathOf(dataFolder, 'execution')), isWorthWaiting);
      if (view.openOrders() > 0) terminal.say(`  canceling ${view.openOrders()} working order(s) …`);
    }
    if (service === 'monitor') {
      proof = proveJournals(dataFolder);
      summary = await readSummary(dataFolder, proof.events, isWorthWaiting);
    }
    const ended = await system.stop(service);
    // One that ends by the signal itself had not begun to listen for it: it had nothing to put in order yet.
    if (ended !== undefined && ended.code !== exitCodes.success && ended.signal !== 'SIGTERM') {
      const how = ended.signal ?? `code ${ended.code}`;
      terminal.say(terminal.colour('yellow', `  ${service} did not stop in order (${how}): see its log`));
    }
  }
  system.close();
  view.flush();
  const { events = 0, problem } = proof ?? {};
  terminal.say(
    `  ${view.openOrders()} open. Journal closed at event ${events}. Resume with ${terminal.colour('bold', 'npm start')}.`,
  );
  if (problem !== undefined) terminal.complain(`interlock: ${problem}`);
  terminal.tell({
    ...asObject(summary),
    tradingState: view.tradingMode() ?? null,
    journal: { events, verified: problem === undefined },
  });
  return problem === undefined ? exitCodes.success : exitCodes.corruptData;
}

interface JournalProof {
  /** Rows of execution's journal. */
  readonly events: number;
  /** What is wrong with the first journal that is not sound. */
  readonly problem: string | undefined;
}

/** A run that was stopped before it began has no journal yet. */
function proveJournals(dataFolder: string): JournalProof {
  let events = 0;
  let problem: string | undefined;
  for (const owner of journalOwners) {
    const path = journalPathOf(dataFolder, owner);
    if (!existsSync(path)) continue;
    const result = verifyJournal(path);
    if (!result.ok) problem ??= `the journal of ${owner} is not sound: ${result.detail}.`;
    else if (owner === 'execution') events = result.head.sequence;
  }
  return { events, problem };
}

/** The monitor's summary once it has applied all of execution's journal; what it has by then if that takes too long. */
async function readSummary(
  dataFolder: string,
  events: number,
  isWorthWaiting: () => boolean,
): Promise<unknown> {
  for (let waitedMs = 0; ; waitedMs += pollIntervalMs) {
    const url = announcedMonitorUrl(dataFolder);
    const summary = url === undefined ? undefined : await readMonitor(url, '/summary').catch(() => undefined);
    if (Number(valueAt(summary, 'journal', 'events')) >= events) return summary;
    if (waitedMs >= monitorMsMax || !isWorthWaiting()) return summary;
    await delay(pollIntervalMs);
  }
}
