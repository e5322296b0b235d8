/**
 * A Host Application on the network: one connection to each server at the same time, each with its own STATE and Will,
 * subscribed before it says that it is online.
 */
import { HostApplication, type HostApplicationOptions } from "./host-application.ts";
import type { HostLinkOptions, HostLinkState } from "./host-link-options.ts";
import { HostLink } from "./host-link.ts";
import { CERTIFICATES, NAMESPACE } from "./topic.ts";
import type { Connector, MqttVersion } from "./transport-connector.ts";

const KEEP_ALIVE_SECONDS = 30;

/** What a host on the network is made of. */
export interface HostSessionOptions extends Omit<HostApplicationOptions, "publish"> {
  readonly hostId: string;
  readonly connector: Connector;
  /** Addresses as the connector understands them. */
  readonly servers: readonly string[];
  readonly clientId: string;
  /** What to read. Default: all of `spBv1.0/#`. */
  readonly filters?: readonly string[];
  /**
   * Reads also the births that a Sparkplug Aware MQTT Server keeps under `$sparkplug/certificates/`: metrics are known at
   * once, as last known and stale, until the edge node is heard. Default false.
   */
  readonly certificates?: boolean;
  /** Default 5. */
  readonly mqttVersion?: MqttVersion;
  /** Default 30. */
  readonly keepAliveSeconds?: number;
  /** `mirrored`: ONLINE and OFFLINE also on `STATE/{host}`, as hosts before Sparkplug 3.0 said it. Default `off`. */
  readonly legacyState?: "off" | "mirrored";
  /** The STATE timestamp last used at each server, kept across restarts, so that it never goes back. */
  readonly stateTimes?: StateTimes;
  /** A STATE of our id was seen that is not ours: another client uses the id, or our clock was set back. */
  onMisused?(server: string, because: string): void;
  /** Connecting, online, pausing and why: for each server. */
  onState?(server: string, state: HostLinkState): void;
}

/** Keeps one timestamp, in milliseconds UTC, for each server. */
export interface StateTimes {
  last(server: string): number | undefined;
  save(server: string, timestamp: number): void;
}

/**
 * A Host Application that connects by itself: `start`, then read `application` and listen, `stop` when done.
 * It owns its connections; `stop` closes them.
 */
export class HostSession {
  /** The picture of all edge nodes, and the way to write. */
  readonly application: HostApplication;
  readonly #links: ReadonlyMap<string, HostLink>;

  /** @throws {SparkplugError} ID_ILLEGAL when the host id cannot stand in a topic. */
  constructor(options: HostSessionOptions) {
    this.application = new HostApplication({
      ...options,
      publish: (server, message) => this.#links.get(server)?.publish(message),
    });
    const link = (server: string): [string, HostLink] => [
      server,
      new HostLink(linkOptions(options, server, this.application)),
    ];
    this.#links = new Map(options.servers.map(link));
  }

  /** The servers at which this host is online now. */
  get online(): readonly string[] {
    return [...this.#links]
      .filter(([, link]) => link.state.kind === "online")
      .map(([server]) => server);
  }

  /** Connects to every server, and goes on doing so until `stop`. */
  start(): void {
    for (const link of this.#links.values()) link.start();
  }

  /** STATE offline and DISCONNECT at every server. Resolves when all connections are gone. */
  async stop(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
    this.application.stop();
  }
}

function linkOptions(
  options: HostSessionOptions,
  server: string,
  application: HostApplication,
): HostLinkOptions {
  const { mqttVersion = "5", keepAliveSeconds = KEEP_ALIVE_SECONDS, stateTimes } = options;
  return {
    ...options,
    server,
    mqttVersion,
    keepAliveSeconds,
    filters: filtersOf(options),
    legacyState: options.legacyState ?? "off",
    random: () => options.random(),
    lastStateAt: stateTimes?.last(server),
    saveStateAt: (timestamp) => stateTimes?.save(server, timestamp),
    online: () => application.connected(server),
    received: (topic, payload) => application.received(server, topic, payload),
    lost: () => application.disconnected(server),
    misused: (because) => options.onMisused?.(server, because),
    entered: (state) => options.onState?.(server, state),
  };
}

/** `#` does not match what begins with `$`, so certificates have filters of their own. */
function filtersOf({ filters = [`${NAMESPACE}/#`], certificates }: HostSessionOptions): string[] {
  if (certificates !== true) return [...filters];
  const ours = filters.filter((filter) => filter.startsWith(`${NAMESPACE}/`));
  return [...ours.map((filter) => `${CERTIFICATES}/${filter}`), ...filters];
}
