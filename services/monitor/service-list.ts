import type { Heartbeat } from '../../protos/gen/system.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';

const services = ['market-data', 'strategy', 'risk', 'execution', 'monitor'];

/** Heartbeats come each second; a service that misses three is not there. */
const silentAfterUs = 3_500_000;

interface Heard {
  readonly heartbeat: Heartbeat;
  /** Monotonic. */
  readonly atUs: number;
}

/** The services by their heartbeats. */
export class ServiceList {
  readonly #clock: Clock;
  readonly #buildHash: string;
  readonly #heard = new Map<string, Heard>();

  /** `buildHash`: of the sources that this process runs, which all others should run too. */
  constructor(options: { readonly clock: Clock; readonly buildHash: string }) {
    this.#clock = options.clock;
    this.#buildHash = options.buildHash;
  }

  /** Says what is new: the service has started again; it runs another build than ours. */
  take(heartbeat: Heartbeat): { readonly isRestart: boolean; readonly isOtherBuild: boolean } {
    const known = this.#heard.get(heartbeat.service);
    // The last words of a former start; unless the later one is gone, as after a clock was set back.
    const isOutlived = known !== undefined && heartbeat.epoch < known.heartbeat.epoch;
    if (isOutlived && !this.#isSilent(known)) return { isRestart: false, isOtherBuild: false };
    this.#heard.set(heartbeat.service, { heartbeat, atUs: this.#clock.monotonicUs() });
    const isNewStart = known?.heartbeat.epoch !== heartbeat.epoch;
    return {
      isRestart: isNewStart && known !== undefined,
      isOtherBuild: isNewStart && heartbeat.buildHash !== this.#buildHash,
    };
  }

  view(): readonly JsonObject[] {
    const names = [...new Set([...services, ...this.#heard.keys()])];
    return names.map((service) => {
      const heard = this.#heard.get(service);
      return heard === undefined
        ? { service, state: 'silent', reasons: ['never heard'] }
        : this.#viewOf(heard);
    });
  }

  #viewOf(heard: Heard): JsonObject {
    const { heartbeat } = heard;
    const isSilent = this.#isSilent(heard);
    return {
      service: heartbeat.service,
      state: isSilent ? 'silent' : heartbeat.state,
      reasons: isSilent ? [`was ${heartbeat.state}`] : heartbeat.reasons,
      ageSeconds: Math.floor((this.#clock.monotonicUs() - heard.atUs) / 1e6),
      instance: heartbeat.instance,
      epoch: heartbeat.epoch,
      buildHash: heartbeat.buildHash,
      sameBuild: heartbeat.buildHash === this.#buildHash,
      processId: heartbeat.processId,
      residentBytes: heartbeat.residentBytes,
      messagesQuarantined: heartbeat.messagesQuarantined,
      journalSequence: heartbeat.journalSequence,
      applied: heartbeat.applied.map(({ producer, sequence }) => ({ producer, sequence })),
    };
  }

  #isSilent({ atUs }: Heard): boolean {
    return this.#clock.monotonicUs() - atUs > silentAfterUs;
  }
}
