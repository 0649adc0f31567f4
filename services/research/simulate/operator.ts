import { createRandomSource, type RandomSource } from '../../../infra/feeds/random-source.ts';
import type { Simulation } from '../../../infra/sim/simulation.ts';
import type { Seal } from '../../../protos/gen/authority.ts';
import { KillReset, KillResume, KillTrip } from '../../../protos/gen/control.ts';
import { ApproveOrder, ExitPosition, RejectOrder } from '../../../protos/gen/order.ts';
import { AcceptDifferences, type ReconciliationEvent } from '../../../protos/gen/portfolio.ts';
import type { Bus, Outgoing } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import type { MessageType } from '../../kernel/codec/message-type.ts';
import { differencesDigest, sha256 } from '../../kernel/signing/digest.ts';
import type { Signer } from '../../kernel/signing/operator-key.ts';
import { type Sealed, type SealTerms, signSealed } from '../../kernel/signing/seal.ts';
import { type SealedCancel, sealedCancel } from '../../kernel/signing/sealed-cancel.ts';
import type { DiskView, OrderOnDisk } from './execution-view.ts';
import * as house from './house.ts';
import type { Verdicts } from './verdicts.ts';

export interface OperatorParts {
  readonly seed: number;
  readonly simulation: Simulation;
  readonly bus: Bus;
  readonly disk: DiskView;
  readonly verdicts: Verdicts;
}

/** What a forger gets wrong, or what a tired person does. */
const forgeries = ['stranger', 'flippedByte', 'expired', 'otherEnvironment', 'otherLedger'] as const;
type Forgery = (typeof forgeries)[number];

/** How often the person looks at what waits. */
const lookUs = 150_000;
/** A latched switch is looked at for so long before it is reset. */
const thinksUs = 3_000_000;
/** Books that differ are looked at for longer: most of it ends by itself. */
const reconcilesUs = 10_000_000;
/** Of a position that is taken over; what it was worth is nobody's promise. */
const statedPrice = brandOf.price(100_000_000_000n);
const sealValidUs = 60_000_000;

/** A person with a key: undoes what is latched, rules on orders that wait, and now and then does worse. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #random: RandomSource;
  readonly #seenLatched = new Map<string, number>();
  readonly #ruled = new Set<ClientOrderId>();
  /** Nonces of messages that must never be obeyed. */
  readonly forged = new Set<string>();
  #nonces = 0;
  #seenHeld: { readonly held: ReconciliationEvent; readonly sinceUs: number } | undefined;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#random = createRandomSource(parts.seed, 'operator');
    this.#look();
  }

  kill(action: 'stop' | 'pause'): void {
    const payload = KillTrip.encode({ scope: { kind: 'all', id: '' }, action, reason: 'drawn' });
    const isEmpty = action === 'stop' && this.#random.uniform() < 0.5;
    this.#say({
      subject: subjects.killTrip.of({ source: 'operator' }),
      message: isEmpty ? new Uint8Array() : payload,
    });
  }

  flatten(): void {
    const draw = this.#random.uniform();
    const instrument = draw < 0.5 ? house.symbols[0] : draw < 0.8 ? house.symbols[1] : undefined;
    const message = this.#sign<ExitPosition>(ExitPosition, (seal) => ({
      account: house.account,
      instrument,
      reason: 'drawn',
      requestedBy: 'ada',
      seal,
    }));
    this.#sayTwice({ subject: subjects.exitPosition.of({ account: house.account }), message });
  }

  cancelOne(): void {
    const id = this.#drawnOrder(({ state }) => state === 'working' || state === 'partiallyFilled');
    if (id === undefined) return;
    const message = signSealed<SealedCancel>(
      sealedCancel,
      (seal) => ({ clientOrderId: id, requestedBy: 'ada', reason: 'drawn', seal }),
      { signer: house.ada, terms: this.#terms() },
    );
    this.#sayTwice({ subject: subjects.cancelOrder.of({ clientOrderId: id }), message });
  }

  /** Something that nobody may obey: not signed by a trusted key, altered, too old, or meant for another house. */
  forge(): void {
    const draw = this.#random.uniform();
    const { held } = this.#parts.disk;
    if (draw < 0.3 && held !== undefined) this.#forgeAcceptance(held);
    else if (draw < 0.4 && this.#parts.disk.latched.size > 0) this.#forgeReset();
    else if (draw < 0.7) this.#forgeApproval();
    else this.#forgeExit();
  }

  #look(): void {
    const { simulation } = this.#parts;
    simulation.at(simulation.nowUs + lookUs, () => {
      this.#undoTrips();
      this.#reconcile();
      this.#rule();
      this.#look();
    });
  }

  #undoTrips(): void {
    const { disk, simulation } = this.#parts;
    for (const name of this.#seenLatched.keys()) if (!disk.latched.has(name)) this.#seenLatched.delete(name);
    for (const [name, { action }] of disk.latched) {
      const seenUs = this.#seenLatched.get(name) ?? simulation.nowUs;
      this.#seenLatched.set(name, seenUs);
      if (simulation.nowUs - seenUs < thinksUs) continue;
      // Asked again, with a new signature, as long as nothing comes of it.
      this.#seenLatched.set(name, simulation.nowUs);
      if (action === 'pause' && this.#random.uniform() < 0.5) this.#resume(name);
      else this.#reset(name);
    }
  }

  /** Accepts what differs, unless the venue itself has to put it right. */
  #reconcile(): void {
    const { disk, simulation } = this.#parts;
    const { held } = disk;
    if (held === undefined || this.#seenHeld?.held !== held) {
      this.#seenHeld = held && { held, sinceUs: simulation.nowUs };
      return;
    }
    if (simulation.nowUs - this.#seenHeld.sinceUs < reconcilesUs) return;
    this.#seenHeld = { held, sinceUs: simulation.nowUs };
    const isBookable = held.details.every(
      ({ body }) => body.case !== 'order' || body.value.remedy === undefined,
    );
    if (!isBookable) return;
    const message = this.#sign<AcceptDifferences>(AcceptDifferences, (seal) => acceptanceOf(held, seal));
    this.#sayTwice({ subject: subjects.acceptDifferences.of({ account: house.account }), message });
  }

  #forgeAcceptance(held: ReconciliationEvent): void {
    const message = this.#forged<AcceptDifferences>(AcceptDifferences, (seal) => acceptanceOf(held, seal));
    this.#say({ subject: subjects.acceptDifferences.of({ account: house.account }), message });
  }

  /** Of a fall that stands, only two people can say that it is to be measured from here on. */
  #reset(name: string): void {
    const rebase = name === 'maxDrawdown' && this.#random.uniform() < 0.7;
    const first = this.#sign<KillReset>(KillReset, (seal) => ({
      switchName: brandOf.switchName(name),
      rebase,
      requestedBy: 'ada',
      reason: 'looked at it',
      seal,
    }));
    const by = { signer: house.bob, terms: this.#terms(), place: 'secondSeal' } as const;
    const message = rebase
      ? signSealed<KillReset>(KillReset, (secondSeal) => ({ ...first, secondSeal }), by)
      : first;
    this.#sayTwice({ subject: subjects.killReset.of({ name }), message });
  }

  #resume(name: string): void {
    const message = this.#sign<KillResume>(KillResume, (seal) => ({
      switchName: brandOf.switchName(name),
      requestedBy: 'ada',
      reason: 'looked at it',
      seal,
    }));
    this.#sayTwice({ subject: subjects.killResume.of({ name }), message });
  }

  #rule(): void {
    for (const [id, order] of this.#parts.disk.waitingForApproval) {
      if (this.#ruled.has(id)) continue;
      this.#ruled.add(id);
      if (this.#random.uniform() < 0.8) this.#approve(id, order.digest);
      else this.#reject(id);
    }
  }

  #approve(id: ClientOrderId, digest: Uint8Array): void {
    const message = this.#approval(id, digest, { signer: house.ada, terms: this.#terms() });
    this.#sayTwice({ subject: subjects.approveOrder.of({ clientOrderId: id }), message });
  }

  #approval(id: ClientOrderId, digest: Uint8Array, by: Parameters<typeof signSealed>[2]): ApproveOrder {
    return signSealed<ApproveOrder>(
      ApproveOrder,
      (seal) => ({
        clientOrderId: id,
        digest,
        account: house.account,
        venue: house.venue,
        limitsVersion: house.limitsVersion,
        seal,
      }),
      by,
    );
  }

  #reject(id: ClientOrderId): void {
    const message = this.#sign<RejectOrder>(RejectOrder, (seal) => ({
      clientOrderId: id,
      reason: 'drawn',
      seal,
    }));
    this.#sayTwice({ subject: subjects.rejectOrder.of({ clientOrderId: id }), message });
  }

  #forgeReset(): void {
    const [name] = this.#parts.disk.latched.keys();
    if (name === undefined) return;
    const message = this.#forged<KillReset>(KillReset, (seal) => ({
      switchName: brandOf.switchName(name),
      rebase: false,
      requestedBy: 'mallory',
      reason: 'forged',
      seal,
    }));
    this.#say({ subject: subjects.killReset.of({ name }), message });
  }

  #forgeExit(): void {
    const message = this.#forged<ExitPosition>(ExitPosition, (seal) => ({
      account: house.account,
      reason: 'forged',
      requestedBy: 'mallory',
      seal,
    }));
    this.#say({ subject: subjects.exitPosition.of({ account: house.account }), message });
  }

  /** Of a waiting order: with a true key, but over the order as it was asked for, not as it was allowed. */
  #forgeApproval(): void {
    for (const [id, order] of this.#parts.disk.waitingForApproval) {
      const intended = sha256(order.intent);
      if (hexOf(intended) === hexOf(order.digest)) continue;
      const terms = this.#terms();
      this.forged.add(hexOf(terms.nonce));
      const message = this.#approval(id, intended, { signer: house.ada, terms });
      this.#say({ subject: subjects.approveOrder.of({ clientOrderId: id }), message });
      return;
    }
  }

  #forged<T extends Sealed>(type: MessageType<T>, build: (seal: Seal) => T): T {
    const kind: Forgery = forgeries[Math.floor(this.#random.uniform() * forgeries.length)] ?? 'stranger';
    const terms = { ...this.#terms(), ...wrongTerms(kind, this.#parts.simulation) };
    this.forged.add(hexOf(terms.nonce));
    const signer: Signer = kind === 'stranger' ? house.eve : house.ada;
    const message = signSealed<T>(type, build, { signer, terms });
    if (kind !== 'flippedByte') return message;
    const signature = new Uint8Array(message.seal.signature);
    signature[7] = (signature[7] ?? 0) ^ 1;
    return build({ ...message.seal, signature });
  }

  #sign<T extends Sealed>(type: MessageType<T>, build: (seal: Seal) => T): T {
    return signSealed<T>(type, build, { signer: house.ada, terms: this.#terms() });
  }

  #terms(): SealTerms {
    this.#nonces += 1;
    const nonce = new Uint8Array(16);
    new DataView(nonce.buffer).setUint32(0, this.#nonces);
    const expiry = brandOf.timestampUs(this.#parts.simulation.wallUs + sealValidUs);
    return { environment: house.environment, ledgerId: house.executionLedger, expiry, nonce };
  }

  #drawnOrder(fits: (order: OrderOnDisk) => boolean): ClientOrderId | undefined {
    const ids = [...this.#parts.disk.orders].flatMap(([id, order]) => (fits(order) ? [id] : []));
    return ids[Math.floor(this.#random.uniform() * ids.length)];
  }

  /** As a person does who sees nothing happen. */
  #sayTwice<T>(outgoing: Pick<Outgoing<T>, 'subject' | 'message'>): void {
    this.#say(outgoing);
    if (this.#random.uniform() < 0.5) this.#say(outgoing);
  }

  #say<T>(outgoing: Pick<Outgoing<T>, 'subject' | 'message'>): void {
    const { bus, simulation, verdicts } = this.#parts;
    verdicts.note(`operator: ${outgoing.subject.name}`);
    bus.publish({ ...outgoing, eventTime: simulation.wallUs });
  }
}

function acceptanceOf({ account, differences, details }: ReconciliationEvent, seal: Seal): AcceptDifferences {
  return {
    account,
    digest: differencesDigest(differences),
    prices: details.flatMap(({ body }) =>
      body.case === 'position'
        ? [{ instrument: body.value.instrument, price: statedPrice, source: 'typed' }]
        : [],
    ),
    reason: 'looked at it',
    requestedBy: 'ada',
    seal,
  };
}

function wrongTerms(kind: Forgery, simulation: Simulation): Partial<SealTerms> {
  switch (kind) {
    case 'expired':
      // Long enough ago for every clock that may have been set wrong.
      return { expiry: brandOf.timestampUs(simulation.wallUs - 48 * 3_600_000_000) };
    case 'otherEnvironment':
      return { environment: 'live' };
    case 'otherLedger':
      return { ledgerId: brandOf.ledgerId('another') };
    case 'stranger':
    case 'flippedByte':
      return {};
  }
}
