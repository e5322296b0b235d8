/**
 * A host at one server: CONNECT with STATE offline as Will, subscribe, STATE online with the time of the CONNECT, and
 * the same again when the connection goes. Others who say offline under our id are answered.
 */
import { SparkplugError } from "./errors.ts";
import type { HostLinkOptions, HostLinkState } from "./host-link-options.ts";
import { Reconnecting } from "./session-backoff.ts";
import type { Cancel } from "./session-clock.ts";
import { legacyStateMessage, readState, stateMessage } from "./state.ts";
import { stateTopic } from "./topic.ts";
import { connectRequest, type Connection } from "./transport-connector.ts";
import type { SparkplugMessage } from "./transport.ts";

const GOODBYE_MS = 500;

/** One connection after the other to one server; `HostSession` has one of these for each. It owns them; `stop` closes. */
export class HostLink {
  readonly #options: HostLinkOptions;
  readonly #reconnecting: Reconnecting;
  #state: HostLinkState = { kind: "stopped" };
  #connection: Connection | undefined;
  #cancel: Cancel | undefined;
  /** The newest STATE timestamp known here, ours or that of whoever uses our id. */
  #newestAt: number;
  #stopping: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: HostLinkOptions) {
    stateTopic(options.hostId);
    this.#options = options;
    this.#reconnecting = new Reconnecting(options);
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
    if (this.#state.kind === "stopped") return;
    if (this.#stopping === undefined) {
      if (this.#state.kind === "online") this.#say(false, this.#nextStateAt());
      if (this.#connection === undefined) return this.#toStopped();
      this.#stopping = Promise.withResolvers();
      this.#close();
    }
    await this.#stopping.promise;
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
    if (this.#newestAt > stateAt) return this.#outdone("STATE");
    this.#reconnecting.succeeded();
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
    if (found.timestamp > stateAt) this.#outdone(found.online ? `"online"` : `"offline"`);
    else if (!found.online) this.#say(true, stateAt);
  }

  /** Edge nodes would not believe our STATE: its time is that of the CONNECT, so only a new one helps. */
  #outdone(what: string): void {
    const whose = `under the id "${this.#options.hostId}"`;
    this.#options.misused(`another client says ${what} ${whose}, or our clock was set back`);
    this.#close();
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
    this.#lose();
    this.#cancel?.();
    this.#enter({ kind: "closing" });
    this.#cancel = this.#options.clock.after(GOODBYE_MS, () => this.#connection?.cut());
    this.#connection?.close(0);
  }

  #closed(because: string): void {
    this.#cancel?.();
    this.#connection = undefined;
    this.#lose();
    if (this.#stopping !== undefined) return this.#toStopped();
    this.#enter({ kind: "pausing", because });
    this.#cancel = this.#reconnecting.failed(() => this.#connect());
  }

  /** Messages come before SUBACK already, so there may be something to lose while connecting. */
  #lose(): void {
    const { kind } = this.#state;
    if (kind === "online" || kind === "connecting") this.#options.lost();
  }

  #toStopped(): void {
    this.#cancel?.();
    this.#enter({ kind: "stopped" });
    this.#stopping?.resolve();
    this.#stopping = undefined;
  }

  #enter(state: HostLinkState): void {
    this.#state = state;
    this.#options.entered(state);
  }
}
