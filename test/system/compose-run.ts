import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findServerProgram } from '../../infra/nats/server-program.ts';
import { type ComposeService, type Image, readComposeFile, readDockerfile } from './compose-file.ts';
import { eventually } from './eventually.ts';
import { projectFolder } from './running-system.ts';

const run = promisify(execFile);
const healthMsMax = 60_000;

interface Container {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
}

/**
 * `docker compose up` without Docker: every service of the compose file as a local process, in the order of its
 * dependencies. Only what a container would have for itself is put elsewhere: the image's folder, each service's
 * volume at /data, its secrets and configurations, the host name and port of nats, and the profile (which names a port
 * of this machine). Nats draws its port itself, so that nobody else can have taken it.
 */
export class ComposeRun {
  readonly #file = readComposeFile();
  readonly services = new Map(Object.entries(this.#file.services));
  readonly #image: Image = readDockerfile();
  readonly #folder: string;
  #natsUrl = '';
  readonly #profile: string;
  readonly #keyFolder: string;
  readonly #containers = new Map<string, Container>();

  constructor(options: {
    readonly folder: string;
    readonly profile: string;
    /** What the compose file finds in .interlock/keys. */
    readonly keyFolder: string;
  }) {
    this.#folder = options.folder;
    this.#profile = options.profile;
    this.#keyFolder = options.keyFolder;
    for (const path of this.#image.paths) {
      cpSync(join(projectFolder, path), join(this.#imageFolder, path), { recursive: true });
    }
    symlinkSync(join(projectFolder, 'node_modules'), join(this.#imageFolder, 'node_modules'));
  }

  get #imageFolder(): string {
    return join(this.#folder, 'interlock');
  }

  /** Starts a service and, before it, what it depends on, once each; resolves when it is as others may await it. */
  async up(name: string): Promise<void> {
    if (this.#containers.has(name)) return;
    const service = this.#service(name);
    for (const [other, { condition }] of Object.entries(service.depends_on)) {
      await this.up(other);
      if (condition === 'service_healthy') await this.healthy(other);
      else if ((await this.#container(other).exited) !== 0) throw new Error(`${other} did not succeed`);
    }
    this.#containers.set(name, await this.#start(name, service));
    if (name === 'nats') this.#natsUrl = await this.#drawnUrl();
  }

  /** Where nats answers, once it is up. */
  get natsUrl(): string {
    return this.#natsUrl;
  }

  /** Resolves when the health check that the compose file gives the service succeeds. */
  async healthy(name: string): Promise<void> {
    const { healthcheck } = this.#service(name);
    if (healthcheck === undefined) throw new Error(`${name} has no health check`);
    const [, ...command] = healthcheck.test;
    await eventually(`a healthy ${name}`, async () => {
      const [file = '', ...parameters] = this.#local(name, command);
      const options = {
        cwd: this.#imageFolder,
        env: await this.#environment(name),
        // Docker would give it less; whoever tests has other things to do on the same machine.
        timeout: healthMsMax,
      };
      return run(file, parameters, options).then(
        () => true,
        () => undefined,
      );
    });
  }

  /** As Docker does; answers the exit code, or rejects when the grace period does not suffice. */
  async stop(name: string): Promise<number | null> {
    const { child, exited } = this.#container(name);
    const { stop_signal: signal, stop_grace_period: graceSeconds } = this.#service(name);
    child.kill(signal);
    const graceMs = graceSeconds * 1000;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`${name} did not stop within its grace period`)),
      graceMs,
    );
    try {
      return await Promise.race([exited, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  logOf(name: string): string {
    return readFileSync(this.#logPath(name), 'utf8');
  }

  async #start(name: string, service: ComposeService): Promise<Container> {
    mkdirSync(this.#volumeOf(name), { recursive: true });
    this.#mount(name, service);
    const command = [...(service.entrypoint ?? this.#image.entrypoint), ...service.command];
    const [file = '', ...parameters] = this.#local(name, command);
    mkdirSync(dirname(this.#logPath(name)), { recursive: true });
    const log = openSync(this.#logPath(name), 'w');
    const child = spawn(file, parameters, {
      cwd: this.#imageFolder,
      env: await this.#environment(name),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return { child, exited: once(child, 'exit').then(() => child.exitCode) };
  }

  async #environment(name: string): Promise<NodeJS.ProcessEnv> {
    const given = { ...this.#image.environment, ...this.#service(name).environment };
    const mapped = Object.entries(given).map(([key, value]) => [key, this.#mapped(name, value)]);
    const { path } = await findServerProgram({ cacheFolder: join(projectFolder, '.cache') });
    return {
      PATH: [dirname(path), process.env.PATH].join(':'),
      ...Object.fromEntries(mapped),
      INTERLOCK_PROFILE: this.#profile,
    };
  }

  #local(name: string, command: readonly string[]): readonly string[] {
    return command.map((word) => {
      if (word === 'node') return process.execPath;
      return word.endsWith('.conf') ? this.#localConfig(name, word) : this.#mapped(name, word);
    });
  }

  #localConfig(name: string, path: string): string {
    const local = join(this.#configFolder(name), basename(path));
    const text = readFileSync(join(this.#imageFolder, path), 'utf8');
    writeFileSync(local, this.#mapped(name, text.replace('port: 4222', 'port: -1')));
    return local;
  }

  /** Each container sees the files that it is given, and no others. */
  #mount(name: string, service: ComposeService): void {
    const { secrets, configs } = this.#file;
    mkdirSync(this.#secretFolder(name), { recursive: true });
    mkdirSync(this.#configFolder(name), { recursive: true });
    for (const secret of service.secrets) {
      cpSync(this.#keyFile(secrets[secret]?.file), join(this.#secretFolder(name), secret));
    }
    for (const { source, target } of service.configs) {
      // Beside the configuration that includes it.
      expectedFolder(target);
      cpSync(this.#keyFile(configs[source]?.file), join(this.#configFolder(name), basename(target)));
    }
  }

  #keyFile(path: string | undefined): string {
    if (path === undefined || dirname(path) !== './.interlock/keys') {
      throw new Error(`${path} is no file of the key folder`);
    }
    return join(this.#keyFolder, basename(path));
  }

  #secretFolder(name: string): string {
    return join(this.#folder, 'secrets', name);
  }

  #configFolder(name: string): string {
    return join(this.#folder, 'configs', name);
  }

  #mapped(name: string, text: string): string {
    return text
      .replaceAll('/data', this.#volumeOf(name))
      .replaceAll('/run/secrets', this.#secretFolder(name))
      .replace(/nats:\/\/(?:nats|127\.0\.0\.1):4222/g, this.#natsUrl);
  }

  #drawnUrl(): Promise<string> {
    return eventually('the port of nats', () => {
      const port = /Listening for client connections on \S+:(\d+)/.exec(this.logOf('nats'))?.[1];
      return port === undefined ? undefined : `nats://127.0.0.1:${port}`;
    });
  }

  #volumeOf(name: string): string {
    return join(this.#folder, 'volumes', name);
  }

  #logPath(name: string): string {
    return join(this.#folder, 'logs', `${name}.log`);
  }

  #service(name: string): ComposeService {
    const service = this.services.get(name);
    if (service === undefined) throw new Error(`the compose file has no service ${name}`);
    return service;
  }

  #container(name: string): Container {
    const container = this.#containers.get(name);
    if (container === undefined) throw new Error(`${name} was not started`);
    return container;
  }
}

function expectedFolder(target: string): void {
  if (dirname(target) !== '/interlock/infra/deploy')
    throw new Error(`${target} is not where nats looks for it`);
}
