/** Scripts for the model test: what random clients do, step by step. Everything comes from the seed. */
import { seeded } from "./seeded.ts";
import type { Qos, Version, WireFilter, WireWill } from "./mqtt-model-wire.ts";

/** `half`: takes QoS 2 messages (PUBREC) and completes nothing; `all`: acknowledges nothing. */
export type Holding = "nothing" | "half" | "all";

export interface ConnectStep {
  readonly kind: "connect";
  readonly client: number;
  readonly version: Version;
  readonly clean: boolean;
  readonly expirySeconds: number;
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
  readonly topicAliasMaximum: number;
  readonly will: WireWill | undefined;
  readonly holds: Holding;
}

export interface SubscribeStep {
  readonly kind: "subscribe";
  readonly client: number;
  readonly filters: readonly WireFilter[];
  readonly identifier: number;
}

export interface ScriptMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly retain: boolean;
  /** With a topic alias, MQTT 5 only. */
  readonly isAliased: boolean;
  /** QoS 2: sent a second time before PUBREL. */
  readonly isRepeated: boolean;
}

export interface Stream {
  readonly client: number;
  readonly messages: readonly ScriptMessage[];
  /** What follows the last message at once. */
  readonly end: "nothing" | "close" | "disconnect";
}

/** Several publishers at once, while some others vanish. */
export interface BurstStep {
  readonly kind: "burst";
  readonly streams: readonly Stream[];
  readonly vanishing: readonly number[];
}

export type Step =
  | ConnectStep
  | SubscribeStep
  | BurstStep
  | { readonly kind: "unsubscribe"; readonly client: number; readonly filters: readonly string[] }
  | {
      readonly kind: "end";
      readonly client: number;
      readonly how: "disconnect" | "vanish" | "disconnect with will";
    }
  | { readonly kind: "acknowledge"; readonly client: number }
  | { readonly kind: "restart" };

/** What a server can do that is asked to play a script. */
export interface Abilities {
  readonly versions: readonly Version[];
  readonly qos: readonly Qos[];
  readonly retained: boolean;
  /** Sessions that outlive their connections. */
  readonly lasting: boolean;
  /** Some hundred messages in one stream. */
  readonly floods: boolean;
  readonly shared: boolean;
  readonly restart: boolean;
  /** Several filters in one SUBSCRIBE. */
  readonly manyFilters: boolean;
  /** Clients that hold acknowledgements back. */
  readonly holding: boolean;
  /** Subscribers that vanish while messages are under way. */
  readonly vanishing: boolean;
  /** Last words: messages and the end of the connection in one piece. */
  readonly lastWords: boolean;
  readonly maxPacket: boolean;
  /** Clients with a Receive Maximum. */
  readonly receiveMaximum: boolean;
  readonly wills: boolean;
  /** Wills that wait for the end of their session. */
  readonly willDelays: boolean;
  readonly dollarTopics: boolean;
  /** QoS 2 messages sent twice. */
  readonly repeats: boolean;
}

/** Everything. */
export const ALL_ABILITIES: Abilities = {
  versions: [3, 4, 4, 5, 5, 5],
  qos: [0, 1, 2],
  retained: true,
  lasting: true,
  floods: true,
  shared: true,
  restart: true,
  manyFilters: true,
  holding: true,
  vanishing: true,
  lastWords: true,
  maxPacket: true,
  receiveMaximum: true,
  wills: true,
  willDelays: true,
  dollarTopics: true,
  repeats: true,
};

export const TOPICS = ["a", "a/b", "a/b/c", "a/c", "d/b", "d//", "/d", "d/b/c"];
const FILTERS = ["#", "+", "a/#", "a/+", "+/b", "a/b", "a/+/c", "+/+", "d/#", "d/+/", "/+", "a"];
const SHARED = ["$share/g/a/#", "$share/h/+/b", "$share/g/#", "$share/g/d/#", "$share/h/d/+"];
const EXPIRY_SECONDS = 100_000;

/** Clients whose index is a multiple of it may share subscriptions; they do nothing that makes the choice uncertain. */
const EVERY_SHARING = 3;

function maySharePart(client: number): boolean {
  return client % EVERY_SHARING === 0;
}

/** Who retains on a topic in a burst, and how. */
type Retaining = Map<
  string,
  { readonly client: number; readonly qos: Qos; readonly isCleared: boolean }
>;

export class ScriptWriter {
  readonly #random: () => number;
  readonly #can: Abilities;
  readonly #clients: number;
  #messages = 0;

  constructor(seed: number, clients: number, can: Abilities) {
    this.#random = seeded(seed);
    this.#can = can;
    this.#clients = clients;
  }

  write(steps: number): Step[] {
    const script: Step[] = [];
    for (let client = 0; client < this.#clients; client += 1) {
      script.push(this.#connect(client));
      if (this.#chance(0.7)) script.push(this.#subscribe(client));
    }
    while (script.length < steps) script.push(this.#step());
    return script;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  #step(): Step {
    const client = this.#below(this.#clients);
    const dice = this.#below(100);
    if (dice < 40) return this.#burst();
    if (dice < 55) return this.#subscribe(client);
    if (dice < 60) return { kind: "unsubscribe", client, filters: [this.#filter(client).filter] };
    if (dice < 78) return this.#connect(client);
    if (dice < 90) return this.#end(client);
    if (dice < 96 || !this.#can.restart) return { kind: "acknowledge", client };
    return this.#chance(0.4) ? { kind: "restart" } : { kind: "acknowledge", client };
  }

  #end(client: number): Step {
    const dice = this.#below(5);
    if (dice === 0 && this.#can.wills) return { kind: "end", client, how: "disconnect with will" };
    return { kind: "end", client, how: dice < 3 ? "disconnect" : "vanish" };
  }

  #connect(client: number): ConnectStep {
    const can = this.#can;
    const version = this.#pick(can.versions);
    const isPlain = maySharePart(client);
    const clean = !can.lasting || this.#chance(0.35);
    const is5 = version === 5;
    const lasts = is5 ? this.#maybe(can.lasting, 0.7) : !clean;
    return {
      kind: "connect",
      client,
      version,
      clean,
      expirySeconds: lasts ? EXPIRY_SECONDS : 0,
      receiveMaximum: this.#maybe(is5 && can.receiveMaximum, 0.4) ? 1 + this.#below(4) : 0,
      maxPacketBytes: this.#maybe(is5 && can.maxPacket && !isPlain, 0.2) ? 300 : 0,
      topicAliasMaximum: this.#maybe(is5, 0.4) ? 1 + this.#below(4) : 0,
      will: this.#maybe(can.wills, 0.3) ? this.#will(client, version) : undefined,
      holds: this.#holding(isPlain),
    };
  }

  #maybe(isPossible: boolean, probability: number): boolean {
    return isPossible && this.#chance(probability);
  }

  #holding(isPlain: boolean): Holding {
    if (isPlain || !this.#can.holding || !this.#chance(0.3)) return "nothing";
    return this.#chance(0.5) ? "half" : "all";
  }

  #will(client: number, version: Version): WireWill {
    return {
      topic: this.#chance(0.5) ? `w/${client}` : `a/w${client}`,
      payload: this.#payload(client, false),
      qos: this.#pick(this.#can.qos),
      retain: this.#can.retained && this.#chance(0.3),
      delaySeconds: version === 5 && this.#can.willDelays && this.#chance(0.3) ? EXPIRY_SECONDS : 0,
    };
  }

  #subscribe(client: number): SubscribeStep {
    const count = this.#can.manyFilters && this.#chance(0.25) ? 2 + this.#below(2) : 1;
    const filters = new Map<string, WireFilter>();
    while (filters.size < count) {
      const filter = this.#filter(client);
      filters.set(filter.filter, filter);
    }
    return {
      kind: "subscribe",
      client,
      filters: [...filters.values()],
      identifier: this.#chance(0.4) ? 1 + this.#below(300) : 0,
    };
  }

  #filter(client: number): WireFilter {
    const isShared = maySharePart(client) && this.#can.shared && this.#chance(0.5);
    const plain = this.#can.dollarTopics
      ? [...FILTERS, "$x/#", "$x/+", "w/+"]
      : [...FILTERS, "w/+"];
    return {
      // In one group only: which of two a message came through could not be told.
      filter: isShared
        ? (SHARED[(client / EVERY_SHARING) % SHARED.length] ?? "")
        : this.#pick(plain),
      qos: this.#pick(this.#can.qos),
      noLocal: !isShared && this.#chance(0.25),
      retainAsPublished: this.#chance(0.4),
      retainHandling: this.#pick([0, 0, 1, 2]),
    };
  }

  #burst(): BurstStep {
    const clients = new Set<number>();
    const publishers = 1 + this.#below(6);
    while (clients.size < Math.min(publishers, this.#clients))
      clients.add(this.#below(this.#clients));
    const retaining: Retaining = new Map();
    const streams = [...clients].map((client) => this.#stream(client, retaining));
    const vanishing: number[] = [];
    while (this.#can.vanishing && this.#chance(0.25)) vanishing.push(this.#below(this.#clients));
    return { kind: "burst", streams, vanishing };
  }

  #stream(client: number, retaining: Retaining): Stream {
    const isLong = this.#can.floods && this.#chance(0.015);
    const count = isLong ? 250 + this.#below(300) : 1 + this.#below(7);
    const messages: ScriptMessage[] = [];
    for (let index = 0; index < count; index += 1) {
      messages.push(this.#message(client, retaining, isLong));
    }
    const mayEnd = this.#can.lastWords && !isLong && this.#chance(0.15);
    return { client, messages, end: mayEnd ? this.#pick(["close", "disconnect"]) : "nothing" };
  }

  #message(client: number, retaining: Retaining, isPlain: boolean): ScriptMessage {
    const topic = this.#maybe(this.#can.dollarTopics, 0.05) ? "$x/a" : this.#pick(TOPICS);
    const retained = isPlain ? undefined : this.#retained(client, topic, retaining);
    const qos = retained?.qos ?? this.#pick(this.#can.qos);
    return {
      topic,
      payload: retained?.isCleared === true ? "" : this.#payload(client, this.#chance(0.08)),
      qos,
      retain: retained !== undefined,
      isAliased: this.#chance(0.3),
      isRepeated: this.#maybe(this.#can.repeats && qos === 2, 0.15),
    };
  }

  /**
   * Whether the next message is retained, and how. Which comes last cannot be foretold of two publishers, nor of two
   * QoS: in one burst only one of each retains on a topic. An empty payload does not say whose it is: it is always of
   * the same client, and once in a burst.
   */
  #retained(
    client: number,
    topic: string,
    retaining: Retaining,
  ): { readonly qos: Qos; readonly isCleared: boolean } | undefined {
    const before = retaining.get(topic);
    const isOurs = before === undefined || before.client === client;
    if (!this.#maybe(this.#can.retained && isOurs, 0.25)) return undefined;
    const qos = before?.qos ?? this.#pick(this.#can.qos);
    const wasCleared = before?.isCleared === true;
    const mayClear = TOPICS.indexOf(topic) % this.#clients === client && !wasCleared;
    const isCleared = this.#maybe(mayClear, 0.6);
    retaining.set(topic, { client, qos, isCleared: isCleared || wasCleared });
    return { qos, isCleared };
  }

  /** Who sent it, a number of its own, and what makes it too large for some. */
  #payload(client: number, isLarge: boolean): string {
    this.#messages += 1;
    return `${client}.${this.#messages}${isLarge ? ` ${"x".repeat(600)}` : ""}`;
  }
}

/** One line for each step, for a person. */
export function readable(step: Step): string {
  switch (step.kind) {
    case "connect": {
      const { kind, client, will, ...rest } = step;
      const last = will === undefined ? "" : `, will ${JSON.stringify(will)}`;
      return `${kind} c${client} ${JSON.stringify(rest)}${last}`;
    }
    case "subscribe":
      return `subscribe c${step.client} id ${step.identifier} ${JSON.stringify(step.filters)}`;
    case "unsubscribe":
      return `unsubscribe c${step.client} ${step.filters.join(" ")}`;
    case "burst":
      return [
        `burst${step.vanishing.map((client) => `, c${client} vanishes`).join("")}`,
        ...step.streams.map(readableStream),
      ].join("\n      ");
    case "end":
      return `end c${step.client}: ${step.how}`;
    case "acknowledge":
      return `acknowledge c${step.client}`;
    case "restart":
      return "restart";
  }
}

function readableStream({ client, messages, end }: Stream): string {
  const shown = messages.slice(0, 12).map((message) => {
    const { topic, payload, qos, retain, isAliased, isRepeated } = message;
    const flags = `${retain ? "r" : ""}${isAliased ? "a" : ""}${isRepeated ? "2x" : ""}`;
    return `${topic}=${payload.slice(0, 12)}/q${qos}${flags}`;
  });
  const more = messages.length > 12 ? ` … ${messages.length} in all` : "";
  return `c${client}: ${shown.join(" ")}${more}${end === "nothing" ? "" : ` then ${end}`}`;
}
