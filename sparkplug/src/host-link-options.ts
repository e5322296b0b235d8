/** What a host at one server is made of, and where it stands. */
import type { Clock } from "./session-clock.ts";
import type { Connector, MqttVersion } from "./transport-connector.ts";

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
