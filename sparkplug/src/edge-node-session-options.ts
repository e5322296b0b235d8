/** What an edge node on the network is made of, and where it stands. */
import type { EdgeNodeOptions } from "./edge-node-options.ts";
import type { Connector, MqttVersion } from "./transport-connector.ts";

/** What an edge node on the network is made of. */
export interface EdgeNodeSessionOptions extends Omit<EdgeNodeOptions, "transport"> {
  readonly connector: Connector;
  /** From 0 up to, not including, 1: spreads reconnects. */
  random(): number;
  /** Addresses as the connector understands them; at least one. */
  readonly servers: readonly [string, ...string[]];
  readonly clientId: string;
  /** The host to wait for; left out: none. */
  readonly primaryHostId?: string | undefined;
  /** No STATE for so long counts as offline when there is another server. Default 30 000. */
  readonly hostTimeoutMs?: number;
  /** Default 5. */
  readonly mqttVersion?: MqttVersion;
  readonly keepAliveSeconds?: number;
  onState?(state: EdgeSessionState): void;
}

/** Where an edge node stands with its servers. */
export type EdgeSessionState =
  | { readonly kind: "stopped" }
  /** CONNECT or SUBSCRIBE is under way. */
  | { readonly kind: "connecting"; readonly server: string }
  /** Subscribed; the primary host has not said that it is there. */
  | { readonly kind: "waitingForHost"; readonly server: string }
  | { readonly kind: "born"; readonly server: string }
  /** On the way out of a connection; nothing is published any more. */
  | { readonly kind: "closing"; readonly server: string }
  /** Without a connection until the pause is over. */
  | { readonly kind: "pausing"; readonly because: string };
