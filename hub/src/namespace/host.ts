/**
 * The hub as a Sparkplug Host Application: says on STATE whether it is there, and asks nodes for their births when
 * only a birth can explain what they say, but never in a storm.
 */
import type { Logger } from "@unshub/adapter";
import { rebirthRequest, stateMessage, type SparkplugMessage } from "@unshub/sparkplug";
import type { NodeId, RebirthCause } from "../tree/index.ts";

/** One node is asked for its births at most this often. */
const REBIRTH_EVERY_MS = 10_000;

/** All nodes together are asked at most this often within that time; whoever invents node ids gets no further. */
const MAX_REBIRTHS = 100;

/** Nodes whose last request is remembered. */
const MAX_REMEMBERED = 10_000;

export interface HubHostOptions {
  readonly hostId: string;
  readonly log: Logger;
  now(): number;
  publish(message: SparkplugMessage): Promise<void>;
}

export class HubHost {
  readonly #options: HubHostOptions;
  readonly #askedAt = new Map<string, number>();
  #window = { since: Number.NEGATIVE_INFINITY, asked: 0 };

  constructor(options: HubHostOptions) {
    this.#options = options;
  }

  /** [tck-id-host-topic-phid-birth-message] */
  async comeOnline(): Promise<void> {
    await this.#say(true);
  }

  /** [tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] */
  async goOffline(): Promise<void> {
    await this.#say(false);
  }

  /** Asks for a rebirth unless this node was asked a moment ago. */
  requestRebirth(node: NodeId, cause: RebirthCause): void {
    const now = this.#options.now();
    const key = `${node.groupId}/${node.edgeNodeId}`; // no id contains a slash
    const askedAt = this.#askedAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (now - askedAt < REBIRTH_EVERY_MS || !this.#mayAsk(now)) return;
    this.#remember(key, now);
    this.#options.log.info({ edgeNode: key, cause }, "rebirth requested");
    this.#options.publish(rebirthRequest(node, now)).catch((error: unknown) => {
      this.#options.log.error({ edgeNode: key, error }, "rebirth request not sent");
    });
  }

  /** Counts requests in windows of `REBIRTH_EVERY_MS`. */
  #mayAsk(now: number): boolean {
    if (now - this.#window.since >= REBIRTH_EVERY_MS) this.#window = { since: now, asked: 0 };
    this.#window.asked += 1;
    return this.#window.asked <= MAX_REBIRTHS;
  }

  #remember(key: string, now: number): void {
    this.#askedAt.delete(key);
    this.#askedAt.set(key, now);
    if (this.#askedAt.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#askedAt.keys();
    if (oldest !== undefined) this.#askedAt.delete(oldest);
  }

  async #say(online: boolean): Promise<void> {
    const timestamp = this.#options.now();
    await this.#options.publish(stateMessage(this.#options.hostId, { online, timestamp }));
  }
}
