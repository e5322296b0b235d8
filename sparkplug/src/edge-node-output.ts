/**
 * What leaves an edge node: births first, then data, all through one ordered queue, with `seq` dealt as it goes. What
 * cannot leave is kept for later where there is a store, and told in any case.
 */
import { deathMessage } from "./death.ts";
import type { EdgeNodeMembers } from "./edge-node-members.ts";
import { EdgeNodeMessages } from "./edge-node-message.ts";
import { StoreAndForward } from "./edge-node-forward.ts";
import type { EdgeNodeOptions, SkipCause } from "./edge-node-options.ts";
import type { Member } from "./edge-node-member.ts";
import { AliasTable, firstAlias } from "./alias.ts";
import { encodePayload } from "./encode.ts";
import { encodeSamples } from "./encode-samples.ts";
import type { MetricReading } from "./metric.ts";
import { OutgoingQueue, type Draft } from "./outgoing.ts";
import { inTimeOrder } from "./reading.ts";
import type { AdmittedBatch } from "./sample-columns.ts";
import { nextBdSeq, nextSeq } from "./sequence.ts";

const QUEUE_LIMIT = 1000;

type Session =
  | { readonly kind: "none" }
  /** Subscribed, and births were said. `seq`: that of the next message. `born`: NBIRTH really left. */
  | { readonly kind: "open"; seq: number; born: boolean }
  /** The queue was full; births are due as soon as the transport takes messages again. */
  | { readonly kind: "choked"; seq: number; born: boolean };

interface MessageHead {
  readonly timestamp: number;
  readonly seq: number;
}

/** A message that goes out now. */
interface Dealt extends Pick<Draft, "startsSeq" | "happenedAt"> {
  readonly encode: (head: MessageHead) => Uint8Array;
}

export class EdgeNodeOutput {
  readonly #options: EdgeNodeOptions;
  readonly #members: EdgeNodeMembers;
  readonly #messages: EdgeNodeMessages;
  readonly #queue: OutgoingQueue;
  readonly #later: StoreAndForward;
  #session: Session = { kind: "none" };

  constructor(options: EdgeNodeOptions, members: EdgeNodeMembers) {
    const { transport, queueLimit = QUEUE_LIMIT } = options;
    this.#options = options;
    this.#members = members;
    this.#messages = new EdgeNodeMessages(options, aliasTable(options));
    this.#queue = new OutgoingQueue(transport, queueLimit, (draft) => this.#send(draft));
    this.#later = new StoreAndForward(options);
  }

  /** Whether births were said in this session, or are about to be. */
  get isOpen(): boolean {
    return this.#session.kind !== "none";
  }

  /** Whether hosts have heard this session's NBIRTH. */
  get isBorn(): boolean {
    return this.#session.kind !== "none" && this.#session.born;
  }

  get aliases(): AliasTable {
    return this.#messages.aliases;
  }

  /**
   * The node's birth, then those of its devices, then what was kept for later. Whatever waits gives way.
   * [tck-id-payloads-dbirth-order] [tck-id-message-flow-device-birth-publish-nbirth-wait]
   * [tck-id-principles-birth-certificates-order]
   */
  births(bdSeq: number, because: SkipCause): void {
    this.#setAside(this.#queue.takeBack(), because);
    const seq = this.#session.kind === "none" ? 0 : this.#session.seq;
    this.#session = { kind: "open", seq, born: this.isBorn };
    const { own, templates, devices } = this.#members;
    const timestamp = this.#options.clock.now();
    const birth = { bdSeq, timestamp, own, templates, devices };
    this.#queue.addAlways(this.#messages.nodeBirth(birth));
    for (const device of devices.values()) {
      this.#queue.addAlways(this.#messages.deviceBirth(device));
    }
    this.flush();
  }

  deviceBirth(device: Member): void {
    if (this.#session.kind === "open") this.#queue.addAlways(this.#messages.deviceBirth(device));
    this.flush();
  }

  /** Where births are due anyway, they tell it by leaving the device out. */
  deviceDeath(deviceId: string): void {
    if (this.#session.kind !== "open") return;
    this.#publish(this.#messages.deviceDeath(deviceId, this.#options.clock.now()));
  }

  data(member: Member, news: readonly MetricReading[]): void {
    const { deviceId } = member;
    const said = { deviceId, readings: news };
    if (this.#session.kind === "none") this.#later.keep(said);
    else if (this.#session.kind === "choked") this.#later.skip([said], "queue full");
    else this.#publish(this.#messages.data(member, news));
  }

  /** As `data`, for a batch; straight from its columns when it need not wait. */
  samples(member: Member, admitted: AdmittedBatch): void {
    if (this.#session.kind === "open") this.#queue.drain();
    const heads = this.#messages.headsOf(member);
    if (this.#session.kind === "open" && this.#queue.isFree && heads !== undefined) {
      return this.#deal(heads.topic, { encode: (head) => encodeSamples(heads, admitted, head) });
    }
    const draft = this.#messages.samples(member, admitted);
    if (this.#session.kind === "open") return this.#publish(draft);
    if (draft.live === undefined) return;
    if (this.#session.kind === "none") this.#later.keep(draft.live);
    else this.#later.skip([draft.live], "queue full");
  }

  /** Whether what is said now would have to wait. */
  get isSlow(): boolean {
    const { kind } = this.#session;
    return kind === "choked" || (kind === "open" && !this.#queue.isFree);
  }

  /** The transport takes messages again. Answers whether births are due, because the queue was full. */
  drained(): boolean {
    if (this.#session.kind === "choked") return true;
    if (this.#session.kind === "open") this.#queue.drain();
    this.flush();
    return false;
  }

  /** Sends what the store kept, as historical values, while the transport takes it. */
  flush(): void {
    if (this.#session.kind !== "open" || this.#options.store === undefined) return;
    const { own, devices } = this.#members;
    for (const member of [own, ...devices.values()]) this.#flushMember(member);
  }

  /** Nothing leaves any more. */
  end(because: SkipCause): void {
    this.#setAside(this.#queue.takeBack(), because);
    this.#session = { kind: "none" };
  }

  /** As `end`, but hosts that heard the birth hear the deaths: of these devices, then of the node. */
  die(bdSeq: number, deviceIds: Iterable<string>): void {
    this.#setAside(this.#queue.takeBack(), "leaving");
    if (this.isBorn) {
      const { clock, transport } = this.#options;
      for (const deviceId of deviceIds)
        this.#send(this.#messages.deviceDeath(deviceId, clock.now()));
      transport.publish(deathMessage(this.#options, bdSeq, clock.now()));
    }
    this.#session = { kind: "none" };
  }

  #flushMember(member: Member): void {
    while (this.#queue.isFree) {
      const past = this.#later.take(member, this.#messages);
      if (past === undefined) return;
      this.#publish(past);
    }
  }

  /** Into the queue; when that is full, everything in it gives way to births that tell the last values. */
  #publish(draft: Draft): void {
    if (this.#queue.add(draft) || this.#session.kind !== "open") return;
    this.#session = { ...this.#session, kind: "choked" };
    this.#setAside([...this.#queue.takeBack(), draft], "queue full");
  }

  /**
   * `seq` is dealt here and nowhere else, in the order of sending.
   * [tck-id-payloads-sequence-num-incrementing] [tck-id-payloads-sequence-num-always-included]
   * [tck-id-topics-nbirth-timestamp] [tck-id-topics-dbirth-timestamp] [tck-id-topics-ndata-timestamp]
   * [tck-id-topics-ddata-timestamp] [tck-id-payloads-nbirth-timestamp] [tck-id-payloads-dbirth-timestamp]
   * [tck-id-payloads-ndata-timestamp] [tck-id-payloads-ddata-timestamp]
   * [tck-id-topics-nbirth-mqtt] [tck-id-topics-dbirth-mqtt] [tck-id-topics-ndata-mqtt] [tck-id-topics-ddata-mqtt]
   * [tck-id-payloads-nbirth-qos] [tck-id-payloads-dbirth-qos] [tck-id-payloads-ndata-qos] [tck-id-payloads-ddata-qos]
   * [tck-id-payloads-nbirth-retain] [tck-id-payloads-dbirth-retain] [tck-id-payloads-ndata-retain]
   * [tck-id-payloads-ddata-retain] [tck-id-message-flow-edge-node-birth-publish-nbirth-qos]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-retained]
   * [tck-id-message-flow-device-birth-publish-dbirth-qos]
   * [tck-id-message-flow-device-birth-publish-dbirth-retained]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-payload]
   * [tck-id-message-flow-device-birth-publish-dbirth-payload]
   * [tck-id-payloads-nbirth-seq] [tck-id-payloads-sequence-num-req-nbirth]
   * [tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq]
   * [tck-id-payloads-dbirth-seq] [tck-id-topics-dbirth-seq] [tck-id-payloads-dbirth-seq-inc]
   * [tck-id-message-flow-device-birth-publish-dbirth-payload-seq]
   * [tck-id-payloads-ndata-seq] [tck-id-topics-ndata-seq-num] [tck-id-payloads-ndata-seq-inc]
   * [tck-id-payloads-ddata-seq] [tck-id-topics-ddata-seq-num] [tck-id-payloads-ddata-seq-inc]
   * [tck-id-payloads-ddeath-seq] [tck-id-payloads-ddeath-seq-number] [tck-id-topics-ddeath-seq-num]
   * [tck-id-payloads-ddeath-seq-inc]
   */
  #deal(topic: string, { startsSeq, happenedAt, encode }: Dealt): void {
    if (this.#session.kind === "none") return;
    const seq = startsSeq === true ? 0 : this.#session.seq;
    const timestamp = happenedAt ?? this.#options.clock.now();
    const payload = encode({ timestamp, seq });
    this.#options.transport.publish({ topic, payload, qos: 0, retain: false });
    this.#session.seq = nextSeq(seq);
    this.#session.born = true; // births are always first
  }

  #send(draft: Draft): void {
    const encode = (head: MessageHead): Uint8Array =>
      encodePayload({ ...head, metrics: inTimeOrder(draft.metrics) });
    this.#deal(draft.topic, { ...draft, encode });
  }

  /** What did not leave. */
  #setAside(drafts: readonly Draft[], because: SkipCause): void {
    const live = drafts.flatMap((draft) => draft.live ?? []);
    this.#later.skip(live, because);
  }
}

function aliasTable({ aliases, lastBdSeq }: EdgeNodeOptions): AliasTable | undefined {
  if (aliases === "none") return undefined;
  return new AliasTable(lastBdSeq === undefined ? 0 : firstAlias(nextBdSeq(lastBdSeq)));
}
