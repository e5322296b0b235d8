/** The primary host of an edge node: what its STATE messages say, server by server. */
import { SparkplugError } from "./errors.ts";
import { legacyStateTopic, readLegacyState, readState } from "./state.ts";
import { stateTopic } from "./topic.ts";

/** What a STATE message means for the edge node; `ignored` when it is not the host's, is old or cannot be read. */
export type HostVerdict = "online" | "offline" | "ignored";

/** Whether the primary host is there, for who owns the MQTT client of an `EdgeNode`; `EdgeNodeSession` does it itself. */
export class PrimaryHost {
  readonly #topic: string;
  readonly #legacyTopic: string;
  /** The timestamp of the last STATE that counted, for each server: hosts keep one for each. Milliseconds UTC. */
  readonly #lastAt = new Map<string, number>();
  readonly #unreadable: (topic: string, because: string) => void;

  /**
   * `unreadable` hears of what is no STATE message: whoever says it will not be heard.
   * @throws {SparkplugError} ID_ILLEGAL when the id cannot stand in a topic.
   */
  constructor(hostId: string, unreadable: (topic: string, because: string) => void) {
    this.#unreadable = unreadable;
    this.#topic = stateTopic(hostId);
    this.#legacyTopic = legacyStateTopic(hostId);
  }

  /**
   * [tck-id-operational-behavior-primary-application-state-with-multiple-servers-state-subs]
   * [tck-id-message-flow-edge-node-birth-publish-phid-wait-id]
   */
  get filters(): readonly string[] {
    return [this.#topic, this.#legacyTopic];
  }

  /**
   * Judges a message on one of `filters` at the server we are on. The first STATE of a server counts whatever it says,
   * later ones unless they are older. The form before 3.0 has no time and counts only while a server showed no other.
   * [tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp]
   * [tck-id-message-flow-edge-node-birth-publish-phid-wait-online]
   * [tck-id-operational-behavior-edge-node-termination-host-offline-timestamp]
   */
  judge(server: string, topic: string, payload: Uint8Array): HostVerdict {
    try {
      if (topic === this.#topic) return this.#judgeState(server, payload);
      if (topic !== this.#legacyTopic || this.#lastAt.has(server)) return "ignored";
      return readLegacyState(payload) ? "online" : "offline";
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#unreadable(topic, error.message);
      return "ignored";
    }
  }

  #judgeState(server: string, payload: Uint8Array): HostVerdict {
    const { online, timestamp } = readState(payload);
    const lastAt = this.#lastAt.get(server);
    if (lastAt !== undefined && timestamp < lastAt) return "ignored";
    this.#lastAt.set(server, timestamp);
    return online ? "online" : "offline";
  }
}
