/** Who speaks or spoke for an edge node, for those who ask what became of it. It outlives the connection. */
import type { ConnectingClient, ConnectionEnd } from "../../broker/index.ts";

/** The last connection that spoke for an edge node. Times are milliseconds since 1970 UTC. */
export interface NodeLink {
  readonly clientId: string;
  readonly username: string | undefined;
  /** `host:port`, or `"in-process"`. */
  readonly address: string;
  readonly protocol: ConnectingClient["protocol"];
  readonly keepAliveSeconds: number;
  readonly hasWill: boolean;
  readonly connectedAt: number;
  /** `undefined` while it lasts. */
  readonly left: LinkEnd | undefined;
  /** How the one before ended. */
  readonly before: LinkEnd | undefined;
  /** How many there were since the hub started, this one included. */
  readonly count: number;
}

export interface LinkEnd {
  /** Where it came from. */
  readonly address: string;
  readonly at: number;
  readonly end: ConnectionEnd;
}

/** Something that happened more than once. */
export interface Repeated {
  readonly count: number;
  /** The last time. */
  readonly at: number;
  readonly what: string;
}

export function linkOf(
  client: ConnectingClient,
  connectedAt: number,
  last: NodeLink | undefined,
): NodeLink {
  const { clientId, username, address, protocol, keepAliveSeconds, will } = client;
  const hasWill = will !== undefined;
  return {
    clientId,
    username,
    address,
    protocol,
    keepAliveSeconds,
    hasWill,
    connectedAt,
    left: undefined,
    before: last?.left,
    count: (last?.count ?? 0) + 1,
  };
}

export function oneMore(before: Repeated | undefined, at: number, what: string): Repeated {
  return { count: (before?.count ?? 0) + 1, at, what };
}
