/**
 * The guard: is this message allowed here and now? In this version it judges topics; each finding has the code of the
 * diagnosis catalogue, a level from the configuration, and a sentence.
 */
import type { Logger } from "@unshub/adapter";
import { readTopic, type SparkplugTopic, type TopicFault } from "@unshub/sparkplug";
import type { ConnectingClient, MqttMessage, Verdict } from "../broker/index.ts";
import type { NamespaceConfig, RuleLevel } from "../config/index.ts";

/** MQTT 5 reason codes. */
const NOT_AUTHORIZED = 0x87;
const TOPIC_NAME_INVALID = 0x90;

/** One kind of deviation by one client, with how often it was seen. */
export interface Finding {
  readonly code: string;
  readonly clientId: string;
  readonly address: string;
  readonly topic: string;
  readonly because: string;
  readonly level: RuleLevel;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly lastAt: number;
}

/** Findings kept at most; the oldest goes first. */
const MAX_FINDINGS = 1000;

export interface GuardOptions {
  readonly config: NamespaceConfig;
  /** The hub's own host id: its STATE is nobody else's to say. */
  readonly hostId: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

export class Guard {
  readonly #config: NamespaceConfig;
  readonly #hostId: string;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #findings = new Map<string, Finding>();

  constructor(options: GuardOptions) {
    this.#config = options.config;
    this.#hostId = options.hostId;
    this.#log = options.log;
    this.#now = () => options.now();
  }

  /** May this client publish this message? Called for every PUBLISH, and for Wills at CONNECT. */
  judge(client: ConnectingClient, message: MqttMessage): Verdict {
    const { topic } = message;
    if (topic.startsWith("$SYS/")) {
      return refuse(NOT_AUTHORIZED, "nobody but the server publishes under $SYS/");
    }
    const reading = readTopic(topic);
    if (reading.kind === "sparkplug") return this.#judgeState(reading.topic);
    if (reading.kind === "fault") return this.#found(client, topic, reading.fault);
    if (this.#config.otherTopics === "allow") return { allow: true };
    return refuse(
      TOPIC_NAME_INVALID,
      `"${topic}" is outside spBv1.0 (namespace.otherTopics: reject)`,
    );
  }

  /** How the messages of this client on this topic are judged; `undefined` when all of them may pass. */
  judgeOf(
    client: ConnectingClient,
    topic: string,
  ): ((message: MqttMessage) => Verdict) | undefined {
    const reading = readTopic(topic);
    const passes =
      reading.kind === "sparkplug"
        ? this.#judgeState(reading.topic).allow
        : this.#mayBeElsewhere(reading, topic);
    return passes ? undefined : (message) => this.judge(client, message);
  }

  /** What was found so far, the newest last. */
  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  #mayBeElsewhere({ kind }: { readonly kind: string }, topic: string): boolean {
    return kind !== "fault" && this.#config.otherTopics === "allow" && !topic.startsWith("$SYS/");
  }

  #judgeState(topic: SparkplugTopic): Verdict {
    if (topic.kind !== "state" || topic.hostId !== this.#hostId) return { allow: true };
    return refuse(NOT_AUTHORIZED, `"${topic.hostId}" is the host id of this hub; choose another`);
  }

  #found(client: ConnectingClient, topic: string, fault: TopicFault): Verdict {
    const level = this.#levelOf(fault);
    if (level !== "off") this.#count(client, topic, fault, level);
    if (level !== "reject") return { allow: true };
    const reason = fault.code === "T10" ? NOT_AUTHORIZED : TOPIC_NAME_INVALID;
    return refuse(reason, `${fault.code}: ${fault.because}`);
  }

  /** The server's own topics are nobody's to write, whatever the profile. */
  #levelOf({ code }: TopicFault): RuleLevel {
    if (code === "T10") return "reject";
    const { profile, rules } = this.#config.sparkplug;
    return rules[code] ?? (profile === "strict" ? "reject" : "observe");
  }

  #count(client: ConnectingClient, topic: string, fault: TopicFault, level: RuleLevel): void {
    const key = JSON.stringify([fault.code, client.clientId]);
    const before = this.#findings.get(key);
    const { code, because } = fault;
    const { clientId, address } = client;
    const count = (before?.count ?? 0) + 1;
    this.#findings.delete(key);
    this.#findings.set(key, {
      code,
      clientId,
      address,
      topic,
      because,
      level,
      count,
      lastAt: this.#now(),
    });
    if (this.#findings.size > MAX_FINDINGS) this.#forgetOldest();
    if (before !== undefined) return;
    const fields = { code, client: clientId, address, topic, because };
    this.#log[level === "observe" ? "info" : "warn"](fields, "namespace rule broken");
  }

  #forgetOldest(): void {
    const [oldest] = this.#findings.keys();
    if (oldest !== undefined) this.#findings.delete(oldest);
  }
}

function refuse(reasonCode: number, because: string): Verdict {
  return { allow: false, reasonCode, because };
}
