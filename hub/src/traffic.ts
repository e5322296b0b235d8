/**
 * What the hub does with each message that passes, and who may send any: the guard first, then the aware server (births
 * that are kept, requests that are held back), then the tree. Its methods are the questions of the broker.
 */
import type { ConnectingClient, Verdict, Watcher } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { AwareServer, Guard, HubHost } from "./namespace/index.ts";
import type { NodeSessions } from "./tree/index.ts";

/** MQTT 5: not authorized. */
const NOT_AUTHORIZED = 0x87;

/** Why nobody may publish or write. */
const READ_ONLY = "identity.anonymous is read: nobody may write";

/** Most messages: there is nothing more to do with them than the guard and the tree do. */
const DATA = /^spBv1\.0\/[^/]+\/[ND]DATA\//;

export interface TrafficOptions {
  readonly config: HubConfig;
  readonly guard: Guard;
  readonly host: HubHost;
  readonly sessions: NodeSessions;
  readonly aware: AwareServer;
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

  /** The guard first, then the aware server, then the tree. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    const { guard, host, sessions, aware } = this.#options;
    const watch = guard.watch(topic, client);
    const follow = sessions.follower(topic);
    const serve = aware.watcher(topic, client);
    if (watch === undefined && follow === undefined && serve === undefined) return undefined;
    const isData = DATA.test(topic);
    return (message) => {
      const refusal = watch?.take(message);
      if (refusal !== undefined) return refusal;
      const served = serve?.(message);
      if (served?.allow === false) return served;
      if (!isData) host.heard(topic);
      follow?.(message);
      watch?.after(message);
      return served;
    };
  }
}
