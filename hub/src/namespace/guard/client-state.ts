/** What the guard remembers of one connection, for as long as it lasts. */
import type { ConnectingClient } from "../../broker/index.ts";
import { filterCovers } from "./filter.ts";
import type { Refusal } from "./judge.ts";
import { claimOf, type WillClaim } from "./will-check.ts";

export class ClientState {
  readonly client: ConnectingClient;
  /** Who it says it is by its Will. */
  readonly claim: WillClaim | undefined;
  isConnected = false;
  /** Milliseconds since 1970 UTC. */
  connectedAt = 0;
  /** Whether it has published anything, and whether it gave birth to an edge node. */
  hasPublished = false;
  hasBorn = false;
  /** The host whose STATE it has said. */
  hostId: string | undefined;
  /** What is answered to everything from now on: its connection is about to be ended. */
  ended: Refusal | undefined;
  /** QoS 0 messages that were refused. */
  refused = 0;
  /** QoS by filter, `$share/{name}/` included. */
  readonly filters = new Map<string, 0 | 1 | 2>();

  constructor(client: ConnectingClient) {
    this.client = client;
    this.claim = claimOf(client);
  }

  /** The highest QoS at which it subscribed to a topic; −1: not at all. */
  qosOf(topic: string): number {
    let highest = -1;
    for (const [filter, qos] of this.filters) {
      if (qos > highest && filterCovers(filter, topic)) highest = qos;
    }
    return highest;
  }
}

/** `client "press-7" (10.0.0.7:50000)` */
export function whoIs({ client }: ClientState): string {
  return `client "${client.clientId}" (${client.address})`;
}
