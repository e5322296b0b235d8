/**
 * The data lane: QoS 0 messages, not retained, as Sparkplug sends its data. Neighbouring frames of one read buffer that
 * have the same receivers are one run, and each receiver gets the whole run as one copy of bytes. No object, closure,
 * promise or timer per message.
 */
import type { Connection } from "./connection.ts";
import type { CurrentPublish, NamedTopic } from "./current-publish.ts";
import type { KnownTopic } from "./routing/known-topics.ts";
import type { ReceiverSet, Target } from "./routing/route.ts";
import { Scratch } from "./wire/byte-sink.ts";
import { FixedHeader } from "./wire/fixed-header.ts";
import { PublishFrame } from "./wire/publish-frame.ts";

export class Lane {
  readonly #current: CurrentPublish;
  #receivers: ReceiverSet | undefined;
  #publisher: Connection | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #run = { start: 0, end: 0, count: 0, payloadBytes: 0 };
  readonly #other = new Scratch();
  readonly #otherRun = { start: 0, end: 0, count: 0, payloadBytes: 0 };
  #otherIsMade = false;
  readonly #header = new FixedHeader();
  readonly #frame = new PublishFrame();

  constructor(current: CurrentPublish) {
    this.#current = current;
  }

  /** Whether a message may take this way. */
  static takes(frame: PublishFrame, { route }: KnownTopic): boolean {
    return frame.qos === 0 && !frame.retain && frame.aliasAt < 0 && route.shared.length === 0;
  }

  /** Adds the frame to the run, or begins a new one. */
  add(
    publisher: Connection,
    frame: PublishFrame,
    { receivers }: { readonly receivers: ReceiverSet },
  ): void {
    const run = this.#run;
    const continues =
      this.#receivers === receivers && this.#bytes === frame.bytes && run.end === frame.start;
    if (continues) {
      run.end = frame.end;
      run.count += 1;
      run.payloadBytes += frame.end - frame.payloadStart;
      return;
    }
    this.flush();
    if (receivers.targets.length === 0) return;
    this.#receivers = receivers;
    this.#publisher = publisher;
    this.#bytes = frame.bytes;
    run.start = frame.start;
    run.end = frame.end;
    run.count = 1;
    run.payloadBytes = frame.end - frame.payloadStart;
  }

  /** Gives the run to its receivers. Must be called before anything else is given to anybody. */
  flush(): void {
    const receivers = this.#receivers;
    const publisher = this.#publisher;
    if (receivers === undefined || publisher === undefined) return;
    this.#receivers = undefined;
    this.#otherIsMade = false;
    for (const target of receivers.targets) {
      const own = target.session === publisher.session ? target.own : target;
      if (own !== undefined) this.#give(own, publisher);
    }
    this.#bytes = EMPTY;
  }

  #give(target: Target, publisher: Connection): void {
    const { session } = target;
    const { connection } = session;
    if (connection === undefined) return;
    const { sender } = connection;
    const isPlain = sender.isPlain && target.identifiers.length === 0 && session.outgoing.isDirect;
    if (!isPlain)
      return this.#eachFrame(publisher, () => void session.outgoing.give(this.#current, target));
    if (sender.isVersion5 === publisher.isVersion5) return sender.piece(this.#bytes, this.#run);
    this.#makeOther(publisher);
    sender.piece(this.#other.buffer, this.#otherRun);
  }

  /** The run in the form of the other version of MQTT. */
  #makeOther(publisher: Connection): void {
    if (this.#otherIsMade) return;
    this.#otherIsMade = true;
    const other = this.#other;
    other.length = 0;
    this.#eachFrame(publisher, () => {
      const { bytes, start, end } = this.#current.form(!publisher.isVersion5, false);
      other.reserve(end - start);
      bytes.copy(other.buffer, other.length, start, end);
      other.length += end - start;
    });
    this.#otherRun.end = other.length;
    this.#otherRun.count = this.#run.count;
    this.#otherRun.payloadBytes = this.#run.payloadBytes;
  }

  /** Loads one frame of the run after the other into `current`. */
  #eachFrame(publisher: Connection, use: () => void): void {
    const frame = this.#frame;
    const header = this.#header;
    const bytes = this.#bytes;
    const { start, end } = this.#run;
    frame.isVersion5 = publisher.isVersion5;
    let at = start;
    while (at < end) {
      header.read(bytes, at);
      frame.read(header); // it was read before, so nothing is wrong with it
      this.#current.loadFrame(frame, topicOf(publisher, frame), publisher.session?.clientId ?? "");
      use();
      at = header.end;
    }
  }
}

/** What the connection knows may have been forgotten meanwhile; it was allowed when the frame came. */
function topicOf({ topics }: Connection, frame: PublishFrame): NamedTopic {
  const { bytes, topicStart, topicEnd, topicBytes } = frame;
  const known = topics.find(bytes, topicStart, topicEnd);
  return known ?? { topic: topicBytes.toString(), bytes: topicBytes };
}

const EMPTY = Buffer.alloc(0);
