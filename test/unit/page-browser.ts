import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';

/** Of each wait for a page, on a machine that may have other things to do. */
export const waitMsMax = 100_000;
const executablePath = '/usr/bin/chromium';
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A text that is markup to whoever does not take care. */
export const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

const desk: Look = { width: 1440, colorScheme: 'light' };

export interface OpenedPage {
  readonly page: Page;
  /** What the console, uncaught errors and requests beyond the file itself have said. */
  readonly complaints: readonly string[];
}

/** Chromium, for pages that are a file. */
export class PageBrowser {
  readonly #folder = mkdtempSync(join(tmpdir(), 'interlock-page-'));
  #browser: Browser | undefined;

  async start(): Promise<void> {
    if (!existsSync(executablePath)) return;
    const args = ['--headless', '--no-sandbox', '--disable-gpu', ...quiet];
    this.#browser = await chromium.launch({ executablePath, args, timeout: waitMsMax });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Skips the test where there is no Chromium. */
  async open(context: TestContext, html: string, look: Look = desk): Promise<OpenedPage> {
    if (this.#browser === undefined) return context.skip(`there is no Chromium at ${executablePath}`);
    const path = join(this.#folder, `${look.width}-${look.colorScheme}.html`);
    writeFileSync(path, html);
    const complaints: string[] = [];
    const page = await this.#browser.newPage({
      viewport: { width: look.width, height: 900 },
      colorScheme: look.colorScheme,
    });
    page.setDefaultTimeout(waitMsMax);
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(path).href) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href);
    return { page, complaints };
  }
}
