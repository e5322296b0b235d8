/**
 * The hub as a Sparkplug Host Application: says on STATE whether it is there, and asks nodes for their births when
 * only a birth can explain what they say, but never in a storm.
 *
 * STATE of the hub has no Will. A Will is what an MQTT server says for a client that is gone, and here both are one
 * process: when it is killed nobody is left to say "offline", and all connections break, which edge nodes notice by
 * themselves. What is in our hands is done: offline before a stop in order, and after every start an online that is
 * later than whatever was said before, even by a clock that was ahead. Nobody else may say our STATE; the guard sees to
 * that.
 */
import type { Logger } from "@unshub/adapter";
import {
  descriptorOf,
  readTopic,
  REBIRTH_POLICY,
  rebirthRequest,
  RebirthRequests,
  stateMessage,
  type Clock,
  type NodeId,
  type SparkplugMessage,
} from "@unshub/sparkplug";
import { BrokerError } from "../broker/index.ts";
import type { NumberFile } from "../number-file.ts";
import type { RebirthCause } from "../tree/index.ts";

export interface HubHostOptions {
  readonly hostId: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** From 0 up to, not including, 1: spreads rebirth requests. */
  random(): number;
  readonly stateTime: NumberFile;
  publish(message: SparkplugMessage): Promise<void>;
  /** Whether to ask this edge node now, as others may have done a moment ago; always when left out. */
  mayAsk?(node: NodeId, cause: RebirthCause): boolean;
}

export class HubHost {
  readonly #options: HubHostOptions;
  readonly #rebirths: RebirthRequests<RebirthCause>;
  #lastStateAt: number;
  #isOnline = false;

  constructor(options: HubHostOptions) {
    this.#options = options;
    this.#lastStateAt = options.stateTime.last ?? 0;
    this.#rebirths = new RebirthRequests<RebirthCause>({
      clock: options.clock,
      random: () => options.random(),
      policy: REBIRTH_POLICY,
      send: (node, cause) => this.#askForBirths(node, cause),
    });
  }

  /** [tck-id-host-topic-phid-birth-message] */
  async comeOnline(): Promise<void> {
    this.#isOnline = true;
    await this.#say(true);
  }

  /** Asks for nothing any more. [tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] */
  async goOffline(): Promise<void> {
    this.#isOnline = false;
    this.#rebirths.stop();
    await this.#say(false);
  }

  /** Asks for a rebirth in a moment, unless this node was asked a while ago or too many are asked already. */
  requestRebirth(node: NodeId, cause: RebirthCause): void {
    if (this.#isOnline) this.#rebirths.ask(node, cause);
  }

  /** Every message that passes, before anybody asks for a rebirth because of it: births and deaths end the asking. */
  heard(topic: string): void {
    if (!topic.includes("/NBIRTH/") && !topic.includes("/NDEATH/")) return; // spares data the reading of its topic
    const reading = readTopic(topic);
    if (reading.kind === "sparkplug" && reading.topic.kind === "node")
      this.#rebirths.settle(reading.topic);
  }

  #askForBirths(node: NodeId, cause: RebirthCause): void {
    const { clock, log } = this.#options;
    if (this.#options.mayAsk?.(node, cause) === false) return;
    const edgeNode = descriptorOf(node);
    log.info({ edgeNode, cause }, "rebirth requested");
    this.#options.publish(rebirthRequest(node, clock.now())).catch((error: unknown) => {
      log.error({ edgeNode, error }, "rebirth request not sent");
    });
  }

  async #say(online: boolean): Promise<void> {
    const { hostId, log } = this.#options;
    const timestamp = this.#nextStateAt();
    try {
      await this.#options.publish(stateMessage(hostId, { online, timestamp }));
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === "NOT_STORED")) throw error;
      log.error({ online, error }, "the STATE of the hub was told but could not be stored");
    }
  }

  /** Later than the last one, whatever the clock does. A full disk costs its memory across a restart, not the STATE. */
  #nextStateAt(): number {
    const { clock, stateTime, log } = this.#options;
    this.#lastStateAt = Math.max(clock.now(), this.#lastStateAt + 1);
    try {
      stateTime.save(this.#lastStateAt);
    } catch (error) {
      log.error({ error }, "the time of STATE could not be kept on disk");
    }
    return this.#lastStateAt;
  }
}
