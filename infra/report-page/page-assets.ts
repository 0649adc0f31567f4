import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface PageAssets {
  readonly style: string;
  readonly chartScript: string;
  readonly pageScript: string;
  /** Base64 of SHA-256, as a content security policy names a script. */
  readonly chartScriptHash: string;
  readonly pageScriptHash: string;
}

// Each after what it builds upon.
const styles = ['page.css', 'parts.css', 'surroundings.css'];
const scripts = ['words.js', 'curves.js', 'trades.js', 'page.js'];

/** What a report carries for the browser, so that it needs nothing from anywhere: style, chart library with its notice, script. */
export function readPageAssets(): PageAssets {
  const library = import.meta.resolve('lightweight-charts/package.json');
  const chartScript = textOf(new URL('./dist/lightweight-charts.standalone.production.js', library));
  const pageScript = asOneScript(scripts.map(ownText));
  return {
    style: styles.map(ownText).join('\n'),
    chartScript: checked(chartScript),
    pageScript: checked(pageScript),
    chartScriptHash: hashOf(chartScript),
    pageScriptHash: hashOf(pageScript),
  };
}

/** A page without a server can import no module, so what they import from each other stands in one function. */
function asOneScript(modules: readonly string[]): string {
  const bodies = modules.map((text) => text.replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, ''));
  return `(() => {\n${bodies.join('\n')}})();\n`;
}

function ownText(name: string): string {
  return textOf(new URL(name, import.meta.url));
}

/** A parser of HTML reads a carriage return as a line feed, and the hash is of what it has read. */
function textOf(file: URL): string {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
}

function checked(script: string): string {
  // In a page the first of these would end the script, the second hide its end.
  if (/<\/script|<!--/i.test(script)) throw new Error('a script with these words cannot be put into a page');
  return script;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
