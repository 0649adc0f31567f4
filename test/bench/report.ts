import type { Machine } from './machine.ts';
import type { Figure, Row, Target } from './row.ts';

/** A row that could not be measured is told like one that missed. */
export interface FailedRow {
  readonly name: string;
  readonly failure: string;
}

export interface Report {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly loadAtEnd: number;
  readonly secondsTaken: number;
  readonly rows: readonly (Row | FailedRow)[];
}

const columns = ['measure', 'measured', 'floor', 'ratio', 'target', 'verdict', 'spread', 'samples'] as const;
type Line = Readonly<Record<(typeof columns)[number], string>>;

/** One row, for a terminal. */
export function rowText(row: Row | FailedRow): string {
  if ('failure' in row) return `${row.name}: FAILED: ${row.failure}\n`;
  const head = [`${row.name}: ${row.measure}`, `  floor: ${row.floor}`];
  const notes = row.notes.map((note) => `  * ${note}`);
  return [...head, ...alignedLines(row.figures.map(lineOf)), ...notes, ''].join('\n');
}

/**
 * docs/benchmark.md: each row as it was measured last. `earlier` is that document as it was; its rows that were not
 * measured this time, or failed, stay. `names` is the order of all rows.
 */
export function asMarkdown(
  report: Report,
  { earlier, names }: { readonly earlier: string; readonly names: readonly string[] },
): string {
  const [, ...kept] = earlier.split(/^(?=## )/m);
  const sections = new Map(
    kept.map((text) => [text.slice('## '.length, text.indexOf('\n')), text.trimEnd()]),
  );
  for (const row of report.rows) {
    if (!('failure' in row)) sections.set(row.name, section(row, report));
    else if (!sections.get(row.name)?.includes('\n| '))
      sections.set(row.name, `## ${row.name}\n\nFAILED: ${row.failure}`);
  }
  return [
    '# Benchmark',
    '',
    'Written by `npm run bench -- --write-docs`, with `--row <name>` one row at a time; do not edit. The rows of the design,',
    'each beside its floor: what bare code gets from the same transport and disk in the same run, in alternating blocks. A',
    'figure is the median of its blocks, its spread how far they lie apart. What misses its target says so.',
    '',
    ...names.flatMap((name) => [sections.get(name) ?? `## ${name}\n\nNot measured yet.`, '']),
  ].join('\n');
}

function section(row: Row, report: Report): string {
  return [
    `## ${row.name}`,
    '',
    `${row.measure}.`,
    '',
    `Floor: ${row.floor}.`,
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---|').join('')}`,
    ...row.figures.map(lineOf).map((line) => `| ${columns.map((column) => line[column]).join(' | ')} |`),
    '',
    ...[...row.notes, `Measured ${about(report)}`].map((note) => `- ${note}`),
  ].join('\n');
}

/** What was measured on what, in a sentence. */
export function about({ machine, quick, loadAtEnd, secondsTaken }: Report): string {
  const gibibytes = Math.round(machine.memoryBytes / 2 ** 30);
  return [
    `${machine.date}, commit ${machine.commit}; ${machine.cores} cores (${machine.processor}), ${gibibytes} GiB;`,
    `Node ${machine.node}, nats-server ${machine.natsServer};`,
    `load ${machine.loadAtStart.toFixed(1)} at the start, ${loadAtEnd.toFixed(1)} at the end of ${Math.round(secondsTaken)} s${quick ? '; a quick run, with fewer samples than the design asks for' : ''}.`,
  ].join(' ');
}

function lineOf(figure: Figure): Line {
  return {
    measure: figure.name,
    measured: amount(figure, figure.measured),
    floor: figure.floor === undefined ? '' : amount(figure, figure.floor),
    ratio: figure.ratio === undefined ? '' : `${figure.ratio.toFixed(2)}×`,
    target: figure.target === undefined ? '' : targetText(figure, figure.target),
    verdict: figure.met === undefined ? '' : figure.met ? 'met' : 'MISSED',
    spread: figure.blocks.length < 2 ? '' : `${Math.round(figure.spread * 100)}%`,
    samples: figure.samples.toLocaleString('en'),
  };
}

function targetText(figure: Figure, { of, bound, value }: Target): string {
  const sign = bound === 'atMost' ? '≤' : '≥';
  return of === 'ratio' ? `${sign} ${value}× the floor` : `${sign} ${amount(figure, value)}`;
}

function amount({ unit }: Figure, value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  const number = value.toLocaleString('en', { maximumFractionDigits: digits });
  return unit === '/s' || unit === '×' ? `${number}${unit}` : `${number} ${unit}`;
}

function alignedLines(lines: readonly Line[]): readonly string[] {
  const heading = Object.fromEntries(columns.map((column) => [column, column]));
  const table = [heading, ...lines].map((line) => columns.map((column) => line[column] ?? ''));
  const widths = columns.map((_, index) => Math.max(...table.map((cells) => cells[index]?.length ?? 0)));
  return table.map((cells) =>
    `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ')}`.trimEnd(),
  );
}
