import type { Bus, Outgoing, Received } from '../../services/kernel/bus/bus.ts';
import type { Sender } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import { createFifoNetwork, type FifoBus, type FifoNetwork, type Passage } from './fifo-bus.ts';
import type { SimProcess, Simulation } from './simulation.ts';

/** What the network does with one passage. */
export interface PassageFate {
  /** 0: it is lost. */
  readonly copies: number;
  readonly delayUs: number;
}

export interface SimNetworkOptions {
  readonly simulation: Simulation;
  readonly encode: boolean;
  /** Of messages between processes; what a client tells itself is never lost. */
  readonly fate: (passage: Passage) => PassageFate;
}

/** What a process says and hears, for whoever checks it. */
export interface BusWatch {
  readonly onPublish?: (outgoing: Outgoing<unknown>) => void;
  /** Before the handler runs. */
  readonly onReceive?: (received: Received<unknown>) => void;
}

/** By the sender; undefined: whoever injects bytes. */
type Links = Map<Bus | undefined, number>;

/** Between a stream's word and its asker, or a client and itself. */
const ownDelayUs = 20;

/**
 * One NATS server in memory. As there, what one client sends another arrives in the order of sending, if at all, and
 * what is heard first may overtake the rest; between other pairs nothing is promised.
 */
export class SimNetwork {
  readonly #options: SimNetworkOptions;
  readonly #network: FifoNetwork;
  readonly #processes = new Map<Bus, SimProcess>();
  /** When the last passage of a link arrives; what is heard first has links of its own. */
  readonly #arrivals = new Map<Bus, Links>();
  readonly #firstArrivals = new Map<Bus, Links>();

  constructor(options: SimNetworkOptions) {
    this.#options = options;
    const process = options.simulation.process('network');
    this.#network = createFifoNetwork({
      clock: process.clock(),
      encode: options.encode,
      carry: (job, passage) => this.#carry(() => job.run(), passage),
    });
  }

  /** The bus of one process: closed with it. `raw` is the connection itself, to be cut and joined again. */
  connect(
    process: SimProcess,
    sender: Sender,
    watch: BusWatch = {},
  ): { readonly bus: Bus; readonly raw: FifoBus } {
    const raw = this.#network.connect(sender, process.clock());
    this.#processes.set(raw, process);
    raw.onFailure((error) => process.end(error));
    return { bus: watched({ raw, process }, watch), raw };
  }

  /** Its process is dead: the server sees the connection closed. */
  leave(raw: FifoBus): void {
    void raw.close();
    this.#processes.delete(raw);
    for (const arrivals of [this.#arrivals, this.#firstArrivals]) {
      arrivals.delete(raw);
      for (const links of arrivals.values()) links.delete(raw);
    }
  }

  inject(subject: string, bytes: Uint8Array): void {
    this.#network.inject(subject, bytes);
  }

  #carry(run: () => void, passage: Passage): void {
    const { simulation, fate } = this.#options;
    const process = this.#processes.get(passage.to);
    if (process === undefined) return;
    if (passage.kind === 'own') {
      simulation.schedule(process, simulation.nowUs + ownDelayUs, run);
      return;
    }
    const { copies, delayUs } = fate(passage);
    for (let copy = 0; copy < copies; copy += 1) {
      const dueUs = this.#arrivalUs(passage, simulation.nowUs + delayUs);
      simulation.schedule(process, dueUs, run);
    }
  }

  #arrivalUs({ from, to, kind, isFirst }: Passage, wantedUs: number): number {
    if (kind === 'stored') return wantedUs;
    const arrivals = isFirst === true ? this.#firstArrivals : this.#arrivals;
    const links: Links = arrivals.get(to) ?? new Map();
    arrivals.set(to, links);
    const dueUs = Math.max(wantedUs, links.get(from) ?? 0);
    links.set(from, dueUs);
    return dueUs;
  }
}

interface Wrapped {
  readonly raw: FifoBus;
  readonly process: SimProcess;
}

/** Each call is a place to die, before its effect or after it. */
function watched({ raw, process }: Wrapped, watch: BusWatch): Bus {
  function dying<T>(port: string, work: () => T): T {
    process.touch(port);
    const result = work();
    process.touch(port);
    return result;
  }

  function heard<T, R>(handler: (received: Received<T>) => R): (received: Received<T>) => R {
    const { onReceive } = watch;
    if (onReceive === undefined) return handler;
    return (received) => {
      onReceive(received);
      return handler(received);
    };
  }

  return {
    publish: (outgoing) =>
      dying('bus.publish', () => {
        watch.onPublish?.(outgoing);
        return raw.publish(outgoing);
      }),
    publishStored: (outgoing, onStored) =>
      dying('bus.publishStored', () => {
        watch.onPublish?.(outgoing);
        return raw.publishStored(outgoing, onStored);
      }),
    subscribe: <T>(pattern: Pattern<T>, handler: (received: Received<T>) => void) =>
      raw.subscribe(pattern, heard(handler)),
    request: (query, done) => dying('bus.request', () => raw.request(query, done)),
    serve: (pattern, handler, replyType) =>
      raw.serve(
        pattern,
        (received, reply) => handler(received, (answer) => dying('bus.reply', () => reply(answer))),
        replyType,
      ),
    status: () => raw.status(),
    onStatus: (handler) => raw.onStatus(handler),
    onMalformed: (handler) => raw.onMalformed(handler),
    onFailure: (handler) => raw.onFailure(handler),
    close: () => raw.close(),
  };
}
