/**
 * A simple model of MQTT delivery: who gets what, according to the standard and to nothing else. It looks through all
 * sessions and all subscriptions for each message; it has no queues on disk, no routes and no packets under way.
 */
import {
  type DeliveryOrder,
  type Expected,
  type Floating,
  isLarge,
  ModelSession,
  type ModelSubscription,
  type SharedMessages,
  shown,
} from "./mqtt-model-session.ts";
import {
  type ConnectStep,
  type ScriptMessage,
  type SubscribeStep,
  TOPICS,
} from "./mqtt-model-script.ts";
import type { Qos, ReceivedPublish, WireWill } from "./mqtt-model-wire.ts";

export interface ModelOptions {
  /** QoS 1 and 2 messages that the server has under way to a client that names no Receive Maximum. */
  readonly window: number;
  readonly isSticky: (topicFilter: string) => boolean;
  /** Whether several filters of one client may match a topic: one message for all, or one for each, both are allowed. */
  readonly overlapping: "joined" | "avoided";
  readonly order: DeliveryOrder;
  /** Whether a client may connect while it is connected. */
  readonly takesOver: boolean;
}

type Published = Pick<ScriptMessage, "topic" | "payload" | "qos" | "retain">;

export class MqttModel {
  readonly faults: string[] = [];
  readonly #options: ModelOptions;
  readonly #sessions = new Map<number, ModelSession>();
  readonly #retained = new Map<string, Published & { readonly publisher: number }>();
  #floating: Floating[] = [];
  #serial = 0;
  /** The last message that a member of a group got of a publisher. */
  readonly #lastShared = new Map<string, number>();
  /** Which member a publisher sticks to, and among whom it was chosen. */
  readonly #sticky = new Map<string, { readonly among: string; readonly member: number }>();

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  session(client: number): ModelSession | undefined {
    return this.#sessions.get(client);
  }

  isConnected(client: number): boolean {
    return this.#sessions.get(client)?.isConnected === true;
  }

  /** Whether all that must come has come. */
  get isSatisfied(): boolean {
    for (const session of this.#sessions.values()) if (!session.isSatisfied) return false;
    return this.#missingShared.length === 0;
  }

  get missing(): string {
    const lines = [...this.#sessions.values()]
      .filter(({ isSatisfied }) => !isSatisfied)
      .map(({ client, missing }) => `c${client} waits: ${missing}`);
    for (const { group, candidates } of this.#missingShared) {
      const [expected] = candidates.values();
      const members = [...candidates.keys()].map((client) => `c${client}`).join(" ");
      if (expected !== undefined)
        lines.push(`${group} waits: ${shown(expected)} for one of ${members}`);
    }
    return lines.slice(0, 5).join("\n");
  }

  /** A client connects; answers whether its session is there. */
  connect(step: ConnectStep): boolean {
    const { client } = step;
    if (this.isConnected(client)) this.end(client, "vanish");
    const before = this.#sessions.get(client);
    const isResumed = before !== undefined && !step.clean;
    if (before !== undefined && !isResumed) this.#endSession(before);
    const session = isResumed ? before : this.#newSession(client);
    session.version = step.version;
    session.expirySeconds = step.expirySeconds;
    session.holds = step.holds;
    session.maxPacketBytes = step.maxPacketBytes;
    session.window = Math.min(step.receiveMaximum || this.#options.window, this.#options.window);
    session.will = step.will;
    session.willIsDue = false;
    session.begin();
    return isResumed;
  }

  /** A connection ends. */
  end(client: number, how: "disconnect" | "vanish" | "disconnect with will"): void {
    const session = this.#sessions.get(client);
    if (session?.isConnected !== true) return;
    session.end();
    if (how === "disconnect") session.will = undefined;
    if (session.expirySeconds === 0) {
      this.#endSession(session);
      return;
    }
    if (session.will === undefined) return;
    if (session.will.delaySeconds > 0) session.willIsDue = true;
    else this.#publishWill(session, session.will);
  }

  /** The server is stopped and started again on the same storage. Wills wait for their clients. */
  restart(): void {
    for (const session of this.#sessions.values()) {
      if (session.isConnected) {
        session.will = undefined; // a client that comes back after a restart did not die
        this.end(session.client, "vanish");
      }
      session.restarted();
    }
  }

  subscribe({ client, filters, identifier }: SubscribeStep): void {
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    const is5 = session.version === 5;
    const earlier: ModelSubscription[] = [];
    for (const wanted of filters) {
      const isNew = !session.subscriptions.has(wanted.filter);
      const subscription: ModelSubscription = {
        ...wanted,
        ...partsOf(wanted.filter),
        noLocal: is5 && wanted.noLocal,
        retainAsPublished: is5 && wanted.retainAsPublished,
        retainHandling: is5 ? wanted.retainHandling : 0,
        identifier: is5 ? identifier : 0,
      };
      session.subscriptions.set(wanted.filter, subscription);
      const { group, retainHandling } = subscription;
      if (group !== undefined || retainHandling === 2 || (retainHandling === 1 && !isNew)) continue;
      earlier.push(subscription);
    }
    this.#expectRetained(session, earlier);
  }

  /** Whether a subscription would bring retained messages. */
  bringsRetained({ filters }: SubscribeStep): boolean {
    return filters.some(({ filter }) => {
      const { topicFilter } = partsOf(filter);
      return [...this.#retained.keys()].some((topic) => matches(topicFilter, topic));
    });
  }

  /** Whether a subscription is to be left out because this client has others that match its topics, or this very one. */
  isUnwanted({ client, filters }: SubscribeStep): boolean {
    if (this.#options.overlapping === "joined") return false;
    const own = [...(this.#sessions.get(client)?.subscriptions.values() ?? [])];
    const all = [...own, ...filters.map(({ filter }) => partsOf(filter))];
    return [...TOPICS, "w/0", "a/w0", "$x/a"].some(
      (topic) => all.filter(({ topicFilter }) => matches(topicFilter, topic)).length > 1,
    );
  }

  unsubscribe(client: number, filters: readonly string[]): void {
    const session = this.#sessions.get(client);
    for (const filter of filters) session?.subscriptions.delete(filter);
  }

  publish(publisher: number, message: Published): void {
    const { topic, payload, qos, retain } = message;
    if (retain && payload === "") this.#retained.delete(topic);
    else if (retain) this.#retained.set(topic, { topic, payload, qos, retain, publisher });
    this.#serial += 1;
    const groups = new Map<string, Map<ModelSession, ModelSubscription>>();
    for (const session of this.#sessions.values()) {
      const matching = [...session.subscriptions.values()].filter(({ topicFilter }) =>
        matches(topicFilter, topic),
      );
      for (const subscription of matching) addMember(groups, session, subscription);
      const own = matching.filter(
        ({ group, noLocal }) => group === undefined && !(noLocal && session.client === publisher),
      );
      if (own.length > 0) this.#expect(session, expectedOf(publisher, message, own));
    }
    for (const [group, members] of groups)
      this.#expectShared(group, members, { publisher, message });
  }

  /** A client got a PUBLISH. */
  published(client: number, publish: ReceivedPublish): void {
    const fault = this.#sessions.get(client)?.published(publish);
    if (fault === undefined) return;
    const { dup, retain, identifiers, packetId } = publish;
    const flags = `${dup ? " dup" : ""}${retain ? " retain" : ""} id ${packetId} [${identifiers.join()}]`;
    this.faults.push(`c${client} got ${shown(publish)}${flags}: ${fault}`);
  }

  /** A client got a PUBREL. */
  releasing(client: number, packetId: number): void {
    const fault = this.#sessions.get(client)?.releasing(packetId);
    if (fault !== undefined) this.faults.push(`c${client} got PUBREL ${packetId}: ${fault}`);
  }

  /** All that was to come has come. */
  settled(): void {
    for (const session of this.#sessions.values()) session.settled();
  }

  get #missingShared(): readonly Floating[] {
    return this.#floating.filter(
      ({ isRequired, candidates }) =>
        isRequired && [...candidates.keys()].every((client) => this.isConnected(client)),
    );
  }

  #newSession(client: number): ModelSession {
    const shared: SharedMessages = {
      find: (member, fits) =>
        this.#floating.find(({ candidates }) => {
          const expected = candidates.get(member);
          return expected !== undefined && fits(expected);
        }),
      take: (floating, member) => this.#takeShared(floating, member),
    };
    const session = new ModelSession(client, shared, this.#options.order);
    this.#sessions.set(client, session);
    return session;
  }

  #endSession(session: ModelSession): void {
    this.#sessions.delete(session.client);
    for (const floating of this.#floating) {
      if (floating.candidates.delete(session.client)) floating.isRequired = false;
    }
    this.#floating = this.#floating.filter(({ candidates }) => candidates.size > 0);
    const { will } = session;
    if (will !== undefined) this.#publishWill(session, will);
  }

  #publishWill(session: ModelSession, will: WireWill): void {
    session.will = undefined;
    session.willIsDue = false;
    this.publish(session.client, will);
  }

  #expect(session: ModelSession, expected: Expected): void {
    if (!session.isConnected && expected.qos === 0) return;
    const isTooLarge =
      session.isConnected && session.maxPacketBytes > 0 && isLarge(expected.payload);
    session.expect({ ...expected, isRequired: !isTooLarge });
  }

  #expectShared(
    group: string,
    members: ReadonlyMap<ModelSession, ModelSubscription>,
    { publisher, message }: { readonly publisher: number; readonly message: Published },
  ): void {
    const all = [...members];
    const connected = all.filter(([session]) => session.isConnected);
    const among = connected.length > 0 ? connected : all;
    const candidates = new Map<number, Expected>();
    for (const [session, subscription] of among) {
      const expected = expectedOf(publisher, message, [subscription]);
      if (connected.length > 0 || expected.qos > 0) candidates.set(session.client, expected);
    }
    if (candidates.size === 0) return;
    const isRequired = candidates.size === among.length;
    const isSticky = this.#options.isSticky(partsOf(group).topicFilter);
    this.#floating.push({ group, serial: this.#serial, isSticky, candidates, isRequired });
  }

  #takeShared(floating: Floating, client: number): string | undefined {
    const { group, serial, candidates } = floating;
    const publisher = candidates.get(client)?.publisher ?? 0;
    this.#floating.splice(this.#floating.indexOf(floating), 1);
    const key = `${client} ${publisher} ${group}`;
    const last = this.#lastShared.get(key) ?? 0;
    this.#lastShared.set(key, serial);
    if (last > serial) return "the shared subscription turned the order of its publisher round";
    if (!floating.isSticky) return undefined;
    const among = [...candidates.keys()].toSorted((a, b) => a - b).join();
    const before = this.#sticky.get(`${publisher} ${group}`);
    this.#sticky.set(`${publisher} ${group}`, { among, member: client });
    if (before === undefined || before.among !== among || before.member === client)
      return undefined;
    return `its publisher sticks to c${before.member}`;
  }

  #expectRetained(session: ModelSession, subscriptions: readonly ModelSubscription[]): void {
    for (const message of this.#retained.values()) {
      const matching = subscriptions.filter(({ topicFilter }) =>
        matches(topicFilter, message.topic),
      );
      if (matching.length === 0) continue;
      const expected = { ...expectedOf(message.publisher, message, matching), retain: true };
      const identifiers = expected.identifiers.slice(0, 1); // one SUBSCRIBE has one
      if (session.maxPacketBytes === 0 || !isLarge(message.payload))
        session.retained.push({ ...expected, identifiers });
    }
  }
}

function expectedOf(
  publisher: number,
  { topic, payload, qos, retain }: Published,
  subscriptions: readonly ModelSubscription[],
): Expected {
  const granted = Math.max(...subscriptions.map((one) => one.qos));
  const lower: Qos = granted === 0 || qos === 0 ? 0 : granted === 1 || qos === 1 ? 1 : 2;
  return {
    publisher,
    topic,
    payload,
    qos: lower,
    publishedQos: qos,
    retain: retain && subscriptions.some(({ retainAsPublished }) => retainAsPublished),
    identifiers: subscriptions.map(({ identifier }) => identifier).filter((one) => one > 0),
    isRequired: true,
    wasSent: "no",
  };
}

function addMember(
  groups: Map<string, Map<ModelSession, ModelSubscription>>,
  session: ModelSession,
  subscription: ModelSubscription,
): void {
  const { group } = subscription;
  if (group === undefined) return;
  const members = groups.get(group) ?? new Map<ModelSession, ModelSubscription>();
  groups.set(group, members.set(session, subscription));
}

function partsOf(filter: string): Pick<ModelSubscription, "topicFilter" | "group"> {
  if (!filter.startsWith("$share/")) return { topicFilter: filter, group: undefined };
  return { topicFilter: filter.split("/").slice(2).join("/"), group: filter };
}

const patterns = new Map<string, RegExp>();

function matches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") !== filter.startsWith("$")) return false;
  const pattern = patterns.get(filter) ?? patternOf(filter);
  patterns.set(filter, pattern);
  return pattern.test(topic);
}

function patternOf(filter: string): RegExp {
  const pattern = filter
    .split("/")
    .map((level) => (level === "+" ? "[^/]*" : level.replaceAll("$", String.raw`\$`)))
    .join("/");
  const whole = pattern.endsWith("/#")
    ? `${pattern.slice(0, -2)}(/.*)?`
    : pattern.replace("#", ".*");
  return new RegExp(`^${whole}$`);
}
