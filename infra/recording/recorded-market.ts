import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { Entry } from './entry.ts';
import { type RecordingHeader, RecordingReader, recordingSuffix } from './recording-file.ts';

/** What market-data said on the bus, as bytes. */
export interface Publication {
  /** Name of the message's type. */
  readonly type: string;
  readonly id: string | undefined;
  readonly eventTime: number;
  readonly payload: Uint8Array;
}

/** What market-data asked of its feed. */
export interface FeedAnswer {
  readonly of: 'open' | 'history' | 'actions';
  readonly value: unknown;
}

const publication = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  eventTime: z.number(),
  payload: z.instanceof(Uint8Array),
});

/** Recordings of market-data, those of a folder in the order of its starts. Throws a UserError when there are none. */
export function recordedMarketFiles(data: string): readonly string[] {
  const information = statSync(data, { throwIfNoEntry: false });
  const found = information?.isDirectory()
    ? readdirSync(data)
        .filter((name) => name.startsWith('market-data-') && name.endsWith(recordingSuffix))
        .sort((one, other) => startOf(one) - startOf(other))
        .map((name) => join(data, name))
    : [];
  const files = information?.isFile() ? [data] : found;
  if (files.length > 0) return files;
  throw new UserError(
    exitCodes.unavailable,
    `${data}: expected a recording of market-data, found none: name the folder that "up --record" wrote.`,
  );
}

function startOf(name: string): number {
  return Number(/-(\d+)\.recording$/.exec(basename(name))?.[1] ?? 0);
}

/** Under which circumstances it was recorded. Throws a UserError. */
export function recordedHeader(file: string): RecordingHeader {
  const reader = new RecordingReader(file);
  reader.close();
  const { header } = reader;
  if (header.service === 'market-data') return header;
  throw new UserError(
    exitCodes.usage,
    `${file} is a recording of ${header.service}: name one of market-data, or the folder.`,
  );
}

/** In the order in which it was said. */
export function* publicationsIn(file: string): Generator<Publication, void> {
  for (const { call, value } of callsIn(file)) {
    // A message that did not go out has a result that says why.
    if (!call.name.startsWith('bus.publish') || value !== undefined) continue;
    const said = publication.safeParse(call.given);
    if (said.success) yield { ...said.data, id: said.data.id };
  }
}

export function* feedAnswersIn(file: string): Generator<FeedAnswer, void> {
  for (const { call, value } of callsIn(file)) {
    if (call.name === 'feed.open') yield { of: 'open', value };
    if (call.name === 'feed.history') yield { of: 'history', value };
    if (call.name === 'feed.actions') yield { of: 'actions', value };
  }
}

/** Calls that returned; a call is over before the next one begins. */
function* callsIn(file: string): Generator<{ readonly call: Call; readonly value: unknown }, void> {
  const reader = new RecordingReader(file);
  try {
    let call: Call | undefined;
    for (const entry of reader.read()) {
      if (entry.kind === 'return' && call !== undefined) yield { call, value: entry.value };
      call = entry.kind === 'call' ? entry : undefined;
    }
  } finally {
    reader.close();
  }
}

type Call = Extract<Entry, { readonly kind: 'call' }>;
