// Aim: Ctrl+C in a real terminal, with npm in front as the README has it, leaves nothing running and nothing open.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../system/eventually.ts';
import { nothingRunsOn } from '../system/processes.ts';
import { restingOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { projectFolder, SystemLaboratory } from '../system/running-system.ts';
import { readVenueBook } from '../system/venue-book.ts';

const run = promisify(execFile);
const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('npm start, orders that work, Ctrl+C', async (context) => {
  // Where a person runs the tests they may lack it; where nobody looks they may not.
  if (process.env.CI !== 'true' && !(await hasTmux())) context.skip('tmux is not installed');

  const folder = laboratory.newFolder();
  const command = `npm start -- --data-folder ${folder} --profile ${restingOrders(folder)} --port 0`;
  const terminal = new Terminal(join(folder, 'tmux'));
  await terminal.type(command);
  await terminal.shows(/working\b/);

  await terminal.press('C-c');
  await terminal.shows(/0 open\. Journal closed at event \d+\. Resume with npm start\./);
  // The code is npm's own, 130 after Ctrl+C; what matters is that the prompt is back.
  await terminal.type('echo the prompt is back');
  await terminal.shows(/^the prompt is back$/m);
  await terminal.close();

  await nothingRunsOn(folder);
  expect(readVenueBook(folder).openOrders).toEqual([]);
  expect(differences(folder)).toEqual([]);
});

function hasTmux(): Promise<boolean> {
  return run('tmux', ['-V']).then(
    () => true,
    () => false,
  );
}

/** A terminal of its own. */
class Terminal {
  readonly #socket: string;
  #isOpen = false;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async type(line: string): Promise<void> {
    if (!this.#isOpen)
      await this.#tmux(['new-session', '-d', '-x', '200', '-y', '50', '-c', projectFolder, 'bash', '--norc']);
    this.#isOpen = true;
    await this.#tmux(['send-keys', line, 'Enter']);
  }

  async press(key: string): Promise<void> {
    await this.#tmux(['send-keys', key]);
  }

  async shows(pattern: RegExp): Promise<void> {
    let screen = '';
    await eventually(`${pattern} on the screen`, async () => {
      screen = (await this.#tmux(['capture-pane', '-p', '-J', '-S', '-'])).trimEnd();
      return pattern.test(screen) || undefined;
    }).catch((cause: unknown) => {
      throw new Error(`the screen shows\n${screen}`, { cause });
    });
  }

  async close(): Promise<void> {
    await this.#tmux(['kill-server']);
  }

  async #tmux(words: readonly string[]): Promise<string> {
    return (await run('tmux', ['-S', this.#socket, ...words])).stdout;
  }
}
