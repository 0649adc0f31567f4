import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseDuration } from '../../infra/config/units.ts';
import { projectFolder } from './running-system.ts';

const seconds = z.string().transform((text) => {
  const us = parseDuration(text);
  if (us === undefined) throw new Error(`the compose file holds the duration ${text}`);
  return us / 1_000_000;
});
const words = z.array(z.string());
const dockerGraceSeconds = 10;

const composeService = z.strictObject({
  image: z.literal('interlock'),
  build: z.strictObject({ context: z.literal('.'), dockerfile: z.literal('infra/deploy/Dockerfile') }),
  entrypoint: words.optional(),
  command: words,
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
    )
    .default({}),
  restart: z.enum(['unless-stopped', 'on-failure']),
  stop_signal: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'),
  stop_grace_period: seconds.default(dockerGraceSeconds),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  /** Each is a file of its name in /run/secrets. */
  secrets: z.array(z.string()).default([]),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).default([]),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.literal('CMD')]).rest(z.string()),
      interval: seconds,
      timeout: seconds,
      retries: z.int(),
      start_period: seconds.optional(),
    })
    .optional(),
});
export type ComposeService = z.output<typeof composeService>;

const files = z.record(z.string(), z.strictObject({ file: z.string() }));
const composeFile = z.looseObject({
  services: z.record(z.string(), composeService),
  volumes: z.record(z.string(), z.null()),
  secrets: files,
  configs: files,
});

/** The compose file with its anchors and merges resolved; throws for a key that nobody here looks at. */
export function readComposeFile() {
  return composeFile.parse(parse(composeText(), { merge: true }));
}

export function composeText(): string {
  return readFileSync(join(projectFolder, 'docker-compose.yml'), 'utf8');
}

/** What the Dockerfile gives every container. */
export interface Image {
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Copied from the project into the image's folder, by path relative to both. */
  readonly paths: readonly string[];
}

export function readDockerfile(): Image {
  const text = readFileSync(join(projectFolder, 'infra/deploy/Dockerfile'), 'utf8');
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const after = (instruction: string): readonly string[] =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));
  return {
    entrypoint: words.parse(JSON.parse(after('ENTRYPOINT').at(-1) ?? '')),
    environment: Object.fromEntries(
      after('ENV')
        .flatMap((line) => line.split(' '))
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
    paths: after('COPY').flatMap((line) => line.split(' ').slice(0, -1)),
  };
}
