/** Findings as retained JSON on topics of the broker, one for each rule and client; changed ones now and then. */
import type { Logger } from "@unshub/adapter";
import type { MqttMessage } from "../../broker/index.ts";
import type { Finding } from "../../finding.ts";

/** `$UNS/findings/{code}/{client id}`, the client id with `%XX` for what a topic cannot have. */
const FINDINGS = "$UNS/findings";

/** As much of a finding as its topic needs. */
type PublishedFinding = Pick<Finding, "code" | "clientId">;

/** Where findings come from: the guard, or another room that finds something. */
export interface FindingsSource {
  takeChanged(most: number): {
    readonly changed: readonly PublishedFinding[];
    readonly gone: readonly PublishedFinding[];
  };
}

/** Published in one go. */
const MOST = 50;
/** Letters of a client id that are shown. */
const MAX_CLIENT_ID = 1000;
const NOTHING = new Uint8Array();

export class FindingsPublisher {
  readonly #ledger: FindingsSource;
  readonly #publish: (message: MqttMessage) => Promise<void>;
  readonly #log: Logger;
  readonly #topics = new Set<string>();

  constructor(options: {
    readonly ledger: FindingsSource;
    readonly publish: (message: MqttMessage) => Promise<void>;
    readonly log: Logger;
  }) {
    this.#ledger = options.ledger;
    this.#publish = options.publish;
    this.#log = options.log;
  }

  /** Publishes what changed since the last call, at most 50 findings. */
  async flush(): Promise<void> {
    const { changed, gone } = this.#ledger.takeChanged(MOST);
    for (const finding of gone) await this.#clear(topicOf(finding));
    for (const finding of changed) {
      const topic = topicOf(finding);
      this.#topics.add(topic);
      await this.#send(topic, Buffer.from(JSON.stringify(finding)));
    }
  }

  /** Findings are of one run of the hub: they go with it. */
  async clear(): Promise<void> {
    for (const topic of this.#topics) await this.#clear(topic);
  }

  async #clear(topic: string): Promise<void> {
    if (this.#topics.delete(topic)) await this.#send(topic, NOTHING);
  }

  async #send(topic: string, payload: Uint8Array): Promise<void> {
    try {
      await this.#publish({ topic, payload, qos: 0, retain: true });
    } catch (error) {
      this.#log.error({ topic, error }, "finding not published");
    }
  }
}

function topicOf({ code, clientId }: PublishedFinding): string {
  return `${FINDINGS}/${code}/${encodeURIComponent(clientId.slice(0, MAX_CLIENT_ID).toWellFormed())}`;
}
