/**
 * What one session is to get, in the model of MQTT delivery: lists of messages, looked through from the front. It is
 * told of every packet that its client gets, and says what is wrong with it.
 *
 * Messages of different publishers may come in any order, those of one publisher only in theirs, whatever their QoS.
 */
import type { Holding } from "./mqtt-model-script.ts";
import type { Qos, ReceivedPublish, Version, WireFilter, WireWill } from "./mqtt-model-wire.ts";

/**
 * Among which messages of one publisher order is kept: all of them, or those of one topic and QoS, which is what the
 * standard asks for. [MQTT5-4.6.0-5] [MQTT311-4.6.0-6]
 */
export type DeliveryOrder = "publisher" | "topic and QoS";

/** A message that somebody is to get. */
export interface Expected {
  readonly publisher: number;
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly publishedQos: Qos;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
  /** False: it may come or not. */
  isRequired: boolean;
  /** Whether an earlier connection was given it, which decides DUP. */
  wasSent: "no" | "maybe" | "yes";
}

/** A message that a client got and did not complete, or may not have completed in the eyes of the server. */
export interface Unfinished {
  readonly expected: Expected;
  readonly packetId: number;
  /** `released`: PUBREL came. */
  state: "sent" | "released";
  /** Whether it takes room of this connection's Receive Maximum. */
  takesRoom: boolean;
}

export interface ModelSubscription extends WireFilter {
  readonly topicFilter: string;
  /** The name of the shared group; `undefined` when it is not shared. */
  readonly group: string | undefined;
  readonly identifier: number;
}

/** A message that one member of a shared subscription is to get. */
export interface Floating {
  readonly group: string;
  readonly serial: number;
  readonly isSticky: boolean;
  /** How each member would get it. */
  readonly candidates: Map<number, Expected>;
  isRequired: boolean;
}

export interface SharedMessages {
  find(client: number, fits: (expected: Expected) => boolean): Floating | undefined;
  /** What is wrong with this member getting it. */
  take(floating: Floating, client: number): string | undefined;
}

export class ModelSession {
  readonly client: number;
  readonly subscriptions = new Map<string, ModelSubscription>();
  version: Version = 4;
  expirySeconds = 0;
  isConnected = false;
  holds: Holding = "nothing";
  /** QoS 1 and 2 messages that may be under way. */
  window = 0;
  maxPacketBytes = 0;
  will: WireWill | undefined;
  willIsDue = false;
  /** Its connection breaks at a moment that nobody knows. */
  isVanishing = false;
  /** By publisher. */
  readonly pending = new Map<number, Expected[]>();
  retained: Expected[] = [];
  /** What this connection got and has not completed. */
  unfinished: Unfinished[] = [];
  /** What must come again, in this order, before anything else of QoS 1 and 2. */
  again: Unfinished[] = [];
  /** What may come again, because the server may not have heard of the acknowledgement. */
  maybeAgain: Unfinished[] = [];
  /** Whether the server was started anew since: packet identifiers of QoS 1 are forgotten. */
  idsMayDiffer = false;
  readonly #shared: SharedMessages;
  readonly #order: DeliveryOrder;

  constructor(client: number, shared: SharedMessages, order: DeliveryOrder) {
    this.client = client;
    this.#shared = shared;
    this.#order = order;
  }

  expect(expected: Expected): void {
    const before = this.pending.get(expected.publisher);
    if (before === undefined) this.pending.set(expected.publisher, [expected]);
    else before.push(expected);
  }

  /** The connection begins. */
  begin(): void {
    this.isConnected = true;
    this.isVanishing = false;
    this.unfinished = [];
    if (this.maxPacketBytes === 0) return;
    // What is too large is dropped when its turn comes, which may be on a later connection.
    for (const expected of [...this.pending.values()].flat())
      if (isLarge(expected.payload)) expected.isRequired = false;
    this.maybeAgain.push(...this.again.filter((one) => !fits(one)));
    this.again = this.again.filter(fits);
  }

  /** The connection is over and the session goes on. */
  end(): void {
    this.again = [...this.unfinished, ...this.again];
    this.unfinished = [];
    this.retained = [];
    this.isConnected = false;
    for (const [publisher, list] of this.pending) {
      const kept = list.filter(({ qos }) => qos > 0);
      if (this.isVanishing) for (const expected of kept) expected.wasSent = "maybe";
      this.pending.set(publisher, kept);
    }
    if (!this.isVanishing) return;
    const isSure = this.holds === "all";
    this.maybeAgain = isSure ? this.maybeAgain : [...this.maybeAgain, ...this.again];
    if (!isSure) this.again = [];
  }

  restarted(): void {
    this.idsMayDiffer = true;
  }

  /** A PUBLISH came; answers what is wrong with it. */
  published(publish: ReceivedPublish): string | undefined {
    if (this.maxPacketBytes > 0 && isLarge(publish.payload))
      return "it is too large for this client";
    if (publish.qos === 0) return this.#findNew(publish);
    if (this.unfinished.some(({ packetId }) => packetId === publish.packetId))
      return "its packet identifier is in use";
    const fault = this.#findAgain(publish);
    if (fault !== undefined) return fault === FOUND ? undefined : fault;
    return this.#findNew(publish);
  }

  /** PUBREL came. */
  releasing(packetId: number): string | undefined {
    const [first] = this.again;
    if (first?.state === "released" && first.packetId === packetId) {
      this.again.shift();
      this.unfinished.push({ ...first, takesRoom: false });
      return undefined;
    }
    const unfinished = this.unfinished.find((one) => one.packetId === packetId);
    if (unfinished !== undefined) {
      if (unfinished.expected.qos !== 2) return "PUBREL for a QoS 1 message";
      unfinished.state = "released";
      return undefined;
    }
    const maybe = this.maybeAgain.findIndex((one) => one.packetId === packetId);
    const [found] = maybe < 0 ? [] : this.maybeAgain.splice(maybe, 1);
    if (found === undefined) return "PUBREL for nothing that was sent";
    this.unfinished.push({ ...found, state: "released", takesRoom: false });
    return undefined;
  }

  /** The client has sent the last acknowledgement of a message. */
  finished(packetId: number): void {
    const at = this.unfinished.findIndex((one) => one.packetId === packetId);
    const [one] = at < 0 ? [] : this.unfinished.splice(at, 1);
    if (one !== undefined && this.isVanishing) this.maybeAgain.push(one);
  }

  /** Nobody vanishes any more and all is acknowledged: what might have come again would be here. */
  settled(): void {
    if (this.isConnected && this.holds === "nothing") this.maybeAgain = [];
  }

  /** Whether nothing more must come now. */
  get isSatisfied(): boolean {
    if (!this.isConnected) return true;
    if (this.holds !== "nothing" && this.#isFull) return !this.#waitsForRelease;
    if (this.again.length > 0 || this.retained.length > 0) return false;
    for (const list of this.pending.values())
      if (list.some(({ isRequired }) => isRequired)) return false;
    return this.holds === "nothing" ? this.unfinished.length === 0 : !this.#waitsForRelease;
  }

  /** For a person: what has not come. */
  get missing(): string {
    const pending = [...this.pending.values()].flat().filter(({ isRequired }) => isRequired);
    const parts = [
      ["again", this.again.map(({ expected }) => expected)],
      ["new", pending],
      ["retained", this.retained],
      ["not completed", this.unfinished.map(({ expected }) => expected)],
    ] as const;
    return parts
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => `${name}: ${list.slice(0, 8).map(shown).join(" ")} (${list.length})`)
      .join("; ");
  }

  get #waitsForRelease(): boolean {
    if (this.holds !== "half") return false;
    return this.unfinished.some(({ expected, state }) => expected.qos === 2 && state === "sent");
  }

  get #isFull(): boolean {
    if (this.again[0]?.state === "released") return false;
    return this.unfinished.filter(({ takesRoom }) => takesRoom).length >= this.window;
  }

  /** Looks among what must or may come again; `undefined`: it is none of these. */
  #findAgain(publish: ReceivedPublish): string | undefined {
    const [first] = this.again;
    if (first !== undefined) {
      const { expected, packetId } = first;
      if (first.state === "released" || !isSame(expected, publish, this.version))
        return `${shown(expected)} should have come again before it`;
      if (!publish.dup) return "it comes again without DUP";
      const idMayDiffer = this.idsMayDiffer && expected.qos === 1;
      if (packetId !== publish.packetId && !idMayDiffer)
        return `it comes again with another packet identifier than ${packetId}`;
      this.again.shift();
      return this.#got(expected, publish);
    }
    if (!publish.dup) return undefined;
    const at = this.maybeAgain.findIndex(({ expected, state }) => {
      return state === "sent" && isSame(expected, publish, this.version);
    });
    const found = this.maybeAgain[at];
    if (found === undefined) return undefined;
    this.maybeAgain.splice(0, at + 1);
    return this.#got(found.expected, publish);
  }

  #findNew(publish: ReceivedPublish): string | undefined {
    const fault = this.#findPending(publish);
    if (fault === FOUND) return undefined;
    const retained = publish.retain ? this.#findRetained(publish) : undefined;
    if (retained !== undefined) return retained === FOUND ? undefined : retained;
    const floating = this.#shared.find(
      this.client,
      (expected) => isSame(expected, publish, this.version) && dupFits(expected, publish),
    );
    if (floating === undefined) return fault;
    const expected = floating.candidates.get(this.client);
    if (expected !== undefined) this.#got(expected, publish);
    return this.#shared.take(floating, this.client);
  }

  #findPending(publish: ReceivedPublish): string {
    let fault = "nothing like it is to come";
    for (const list of this.pending.values()) {
      for (const [at, expected] of list.entries()) {
        if (!isCopyOf(expected, publish)) continue;
        const earlier = this.#missingBefore(list.slice(0, at), expected);
        fault = faultOf(expected, earlier, { publish, version: this.version });
        if (fault === "") return this.#takePending(list, at, publish);
      }
    }
    return fault;
  }

  /** What of the same publisher should have come before it. */
  #missingBefore(list: readonly Expected[], expected: Expected): Expected | undefined {
    const again = this.again.map((one) => one.expected);
    return [...again, ...list].find(
      (one) =>
        one.isRequired &&
        one.publisher === expected.publisher &&
        !isCopyOf(one, expected) &&
        this.#goesBefore(one, expected),
    );
  }

  #takePending(list: readonly Expected[], at: number, publish: ReceivedPublish): string {
    const expected = list[at];
    if (expected === undefined) return FOUND;
    const isLeft = (one: Expected, index: number): boolean =>
      index > at || (index < at && one.isRequired);
    this.pending.set(expected.publisher, list.filter(isLeft));
    return this.#got(expected, publish);
  }

  #findRetained(publish: ReceivedPublish): string | undefined {
    const at = this.retained.findIndex((one) => isSame(one, publish, this.version));
    const [expected] = at < 0 ? [] : this.retained.splice(at, 1);
    return expected === undefined || publish.dup ? undefined : this.#got(expected, publish);
  }

  /** Whether order holds between two messages of one publisher. */
  #goesBefore(earlier: Expected, later: Expected): boolean {
    if (this.#order === "publisher") return true;
    const isSameQos = earlier.qos === later.qos && earlier.publishedQos === later.publishedQos;
    return isSameQos && earlier.topic === later.topic;
  }

  #got(expected: Expected, { qos, packetId }: ReceivedPublish): string {
    if (qos === 0) return FOUND;
    this.unfinished.push({ expected, packetId, state: "sent", takesRoom: true });
    const underWay = this.unfinished.filter(({ takesRoom }) => takesRoom).length;
    if (underWay > this.window) return `${underWay} are under way, Receive Maximum ${this.window}`;
    return FOUND;
  }
}

const FOUND = "found";

function fits({ expected, state }: Unfinished): boolean {
  return state === "released" || !isLarge(expected.payload);
}

/** Large ones are for no client with a small Maximum Packet Size, all others for everybody. */
export function isLarge(payload: string): boolean {
  return payload.length > 300;
}

/** Whether it is the same message, whatever its QoS and flags. */
function isCopyOf(one: Message, other: Message): boolean {
  return one.topic === other.topic && one.payload === other.payload;
}

type Message = Pick<Expected, "topic" | "payload">;

function isSame(expected: Expected, publish: ReceivedPublish, version: Version): boolean {
  return (
    isCopyOf(expected, publish) &&
    faultOf(expected, undefined, {
      publish: { ...publish, dup: expected.wasSent === "yes" },
      version,
    }) === ""
  );
}

function dupFits({ wasSent }: Expected, { dup }: ReceivedPublish): boolean {
  return wasSent === "maybe" || dup === (wasSent === "yes");
}

function faultOf(
  expected: Expected,
  earlier: Expected | undefined,
  { publish, version }: { readonly publish: ReceivedPublish; readonly version: Version },
): string {
  if (earlier !== undefined) return `${shown(earlier)} of the same publisher should come before it`;
  if (publish.qos !== expected.qos) return `its QoS should be ${expected.qos}`;
  if (publish.retain !== expected.retain) return `its retain flag should be ${expected.retain}`;
  if (!dupFits(expected, publish)) return `its DUP is wrong`;
  const identifiers = version === 5 ? sorted(expected.identifiers) : "";
  if (sorted(publish.identifiers) === identifiers) return "";
  return `its subscription identifiers should be ${identifiers}`;
}

function sorted(values: readonly number[]): string {
  return values.toSorted((a, b) => a - b).join(",");
}

export function shown({
  topic,
  payload,
  qos,
}: Pick<Expected, "topic" | "payload" | "qos">): string {
  return `${topic}=${payload.slice(0, 12)}/q${qos}`;
}
