/**
 * A host at one server: CONNECT with STATE offline as Will, subscribe, STATE online with the time of the CONNECT, and
 * the same again when the connection goes. Others who say offline under our id are answered.
 */
import { SparkplugError } from "./errors.ts";
import { pauseMs } from "./session-backoff.ts";
import type { Cancel, Clock } from "./session-clock.ts";
import { legacyStateMessage, readState, stateMessage } from "./state.ts";
import { stateTopic } from "./topic.ts";
import {
  connectRequest,
  type Connection,
  type Connector,
  type MqttVersion,
} from "./transport-connector.ts";
import type { SparkplugMessage } from "./transport.ts";

const RECONNECT = { firstMs: 500, longestMs: 30_000 };
const GOODBYE_MS = 500;

/** What a link to one server needs and tells. */
export interface HostLinkOptions {
  readonly hostId: string;
  readonly server: string;
  readonly connector: Connector;
  readonly clock: Clock;
  random(): number;
  readonly clientId: string;
  readonly mqttVersion: MqttVersion;
  readonly keepAliveSeconds: number;
  readonly filters: readonly string[];
  readonly legacyState: "off" | "mirrored";
  readonly lastStateAt: number | undefined;
  saveStateAt(timestamp: number): void;
  /** Subscribed, and STATE online is on its way. */
  online(): void;
  received(topic: string, payload: Uint8Array): void;
  /** What was learnt here can no longer be believed. */
  lost(): void;
  misused(because: string): void;
  entered(state: HostLinkState): void;
}

/** Where a host stands with one of its servers. */
export type HostLinkState =
  | { readonly kind: "stopped" }
  /** CONNECT or SUBSCRIBE is under way. `stateAt`: the time of this CONNECT, of its Will and of its birth, ms UTC. */
  | { readonly kind: "connecting"; readonly stateAt: number }
  | { readonly kind: "online"; readonly stateAt: number }
  /** On the way out. */
  | { readonly kind: "closing" }
  /** Without a connection until the pause is over. */
  | { readonly kind: "pausing"; readonly because: string };

/** A host at one server: one connection at a time, each with a Will of its own. */
export class HostLink {
  readonly #options: HostLinkOptions;
  #state: HostLinkState = { kind: "stopped" };
  #connection: Connection | undefined;
  #cancel: Cancel | undefined;
  #attempt = 0;
  /** The newest STATE timestamp known here, ours or that of whoever uses our id. */
  #newestAt: number;
  #stopped: (() => void) | undefined;

  constructor(options: HostLinkOptions) {
    stateTopic(options.hostId);
    this.#options = options;
    this.#newestAt = options.lastStateAt ?? -1;
  }

  get state(): HostLinkState {
    return this.#state;
  }

  publish(message: SparkplugMessage): void {
    if (this.#state.kind === "online") this.#connection?.publish(message);
  }

  start(): void {
    if (this.#state.kind === "stopped") this.#connect();
  }

  /**
   * STATE offline with the time of now, then DISCONNECT. The Will that MQTT 5 may send after it is older and ignored.
   * [tck-id-operational-behavior-host-application-termination]
   * [tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean]
   * [tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet]
   * [tck-id-operational-behavior-host-application-disconnect-intentional]
   */
  async stop(): Promise<void> {
    const before = this.#state.kind;
    if (before === "stopped") return;
    if (before === "online") this.#say(false, this.#nextStateAt());
    if (this.#connection === undefined) return this.#toStopped();
    await new Promise<void>((resolve) => {
      this.#stopped = resolve;
      this.#close();
    });
  }

  /**
   * [tck-id-host-topic-phid-death-payload-timestamp-connect] [tck-id-host-topic-phid-death-required]
   * [tck-id-operational-behavior-host-application-connect-will]
   * [tck-id-operational-behavior-host-application-multi-server-timestamp]
   */
  #connect(): void {
    const { connector, hostId, server, filters } = this.#options;
    const stateAt = this.#nextStateAt();
    const will = stateMessage(hostId, { online: false, timestamp: stateAt });
    this.#enter({ kind: "connecting", stateAt });
    const connection: Connection = connector(server, connectRequest(this.#options, will), {
      // [tck-id-message-flow-phid-sparkplug-subscription] [tck-id-payloads-state-subscribe]
      opened: () => connection.subscribe([stateTopic(hostId), ...filters]), // [tck-id-host-topic-phid-birth-sub-required]
      subscribed: () => this.#subscribed(),
      received: (topic, payload) => this.#received(topic, payload),
      drained: () => undefined,
      closed: (because) => this.#closed(because),
    });
    this.#connection = connection;
  }

  /** Never earlier than the last one, even when the clock was set back: edge nodes ignore what is older. */
  #nextStateAt(): number {
    this.#newestAt = Math.max(this.#options.clock.now(), this.#newestAt + 1);
    this.#options.saveStateAt(this.#newestAt);
    return this.#newestAt;
  }

  /**
   * The first publish of the session. [tck-id-message-flow-phid-sparkplug-state-publish]
   * [tck-id-host-topic-phid-birth-required] [tck-id-operational-behavior-host-application-connect-birth]
   * [tck-id-operational-behavior-primary-application-state-with-multiple-servers-state]
   * [tck-id-host-topic-phid-birth-payload-timestamp]
   * [tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp]
   * [tck-id-intro-sparkplug-host-state] [tck-id-components-ph-state] [tck-id-conformance-primary-host]
   */
  #subscribed(): void {
    if (this.#state.kind !== "connecting") return;
    const { stateAt } = this.#state;
    this.#attempt = 0;
    this.#enter({ kind: "online", stateAt });
    this.#say(true, stateAt);
    this.#options.online();
  }

  #received(topic: string, payload: Uint8Array): void {
    if (this.#state.kind !== "online" && this.#state.kind !== "connecting") return;
    if (topic === stateTopic(this.#options.hostId)) this.#ownState(payload);
    this.#options.received(topic, payload);
  }

  /**
   * An offline that is not newer than our birth is an old Will: the birth is said again. A newer one would not be
   * convinced by the same time, so we connect anew with a later one.
   * [tck-id-message-flow-hid-sparkplug-state-message-delivered] [tck-id-operational-behavior-host-application-host-id]
   */
  #ownState(payload: Uint8Array): void {
    const found = this.#readOwn(payload);
    if (found === undefined) return;
    this.#newestAt = Math.max(this.#newestAt, found.timestamp);
    if (this.#state.kind !== "online") return;
    const { stateAt } = this.#state;
    if (found.timestamp > stateAt) {
      const said = found.online ? "online" : "offline";
      this.#options.misused(`another client says "${said}" under the id "${this.#options.hostId}"`);
      this.#close();
    } else if (!found.online) this.#say(true, stateAt);
  }

  #readOwn(payload: Uint8Array): ReturnType<typeof readState> | undefined {
    try {
      return readState(payload);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.misused(error.message);
      return undefined;
    }
  }

  #say(online: boolean, timestamp: number): void {
    const { hostId, legacyState } = this.#options;
    this.#connection?.publish(stateMessage(hostId, { online, timestamp }));
    if (legacyState === "mirrored") this.#connection?.publish(legacyStateMessage(hostId, online));
  }

  #close(): void {
    if (this.#state.kind === "online") this.#options.lost();
    this.#cancel?.();
    this.#enter({ kind: "closing" });
    this.#cancel = this.#options.clock.after(GOODBYE_MS, () => this.#connection?.cut());
    this.#connection?.close(0);
  }

  #closed(because: string): void {
    const { kind } = this.#state;
    this.#cancel?.();
    this.#connection = undefined;
    if (kind === "online" || kind === "connecting") this.#options.lost(); // messages come before SUBACK already
    if (this.#stopped !== undefined) return this.#toStopped();
    const pause = pauseMs(RECONNECT, this.#attempt, this.#options.random());
    this.#attempt += 1;
    this.#enter({ kind: "pausing", because });
    this.#cancel = this.#options.clock.after(pause, () => this.#connect());
  }

  #toStopped(): void {
    this.#cancel?.();
    this.#enter({ kind: "stopped" });
    this.#stopped?.();
    this.#stopped = undefined;
  }

  #enter(state: HostLinkState): void {
    this.#state = state;
    this.#options.entered(state);
  }
}
