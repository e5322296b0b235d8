/**
 * What the hub does with each message that passes, and who may send any: the guard first, then the tree, then the
 * certificates of births. Its methods are the questions of the broker.
 */
import type { Logger } from "@unshub/adapter";
import type {
  ConnectingClient,
  MqttMessage,
  PublishedMessage,
  Verdict,
  Watcher,
} from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import { certificateOf, type Guard, type HubHost } from "./namespace/index.ts";
import type { NodeSessions } from "./tree/index.ts";

/** MQTT 5: not authorized. */
const NOT_AUTHORIZED = 0x87;

/** Why nobody may publish or write. */
const READ_ONLY = "identity.anonymous is read: nobody may write";

/** Most messages: there is nothing more to do with them than the guard and the tree do. */
const DATA = /^spBv1\.0\/[^/]+\/[ND]DATA\//;

export interface TrafficOptions {
  readonly config: HubConfig;
  readonly log: Logger;
  readonly guard: Guard;
  readonly host: HubHost;
  readonly sessions: NodeSessions;
  publish(message: MqttMessage): Promise<void>;
}

export class Traffic {
  readonly #options: TrafficOptions;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Why nobody may change anything; `undefined` when anyone may. */
  get forbidden(): string | undefined {
    return this.#options.config.identity.anonymous === "read" ? READ_ONLY : undefined;
  }

  /** A Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): Verdict {
    const verdict: Verdict = client.will === undefined ? { allow: true } : this.mayPublish(client);
    return verdict.allow ? this.#options.guard.mayConnect(client) : verdict;
  }

  mayPublish({ address }: ConnectingClient): Verdict {
    const { forbidden } = this;
    if (forbidden === undefined || address === "in-process") return { allow: true };
    return { allow: false, reasonCode: NOT_AUTHORIZED, because: forbidden };
  }

  /** The guard first, then the tree. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    const { guard, host, sessions } = this.#options;
    const watch = guard.watch(topic, client);
    const follow = sessions.follower(topic);
    if (watch === undefined && follow === undefined) return undefined;
    const isData = DATA.test(topic);
    return (message) => {
      const refusal = watch?.take(message);
      if (refusal !== undefined) return refusal;
      if (!isData) host.heard(topic);
      follow?.(message);
      watch?.after(message);
      if (!isData) this.#keepCertificate(message);
      return undefined;
    };
  }

  /** The broker copies what it is given at once, so that its buffer may be used again. [tck-id-conformance-mqtt-aware-store] */
  #keepCertificate(message: PublishedMessage): void {
    const certificate = certificateOf(message);
    if (certificate !== undefined) void this.#publishCertificate(certificate);
  }

  async #publishCertificate(certificate: MqttMessage): Promise<void> {
    try {
      await this.#options.publish(certificate);
    } catch (error) {
      this.#options.log.error({ topic: certificate.topic, error }, "birth certificate not kept");
    }
  }
}
