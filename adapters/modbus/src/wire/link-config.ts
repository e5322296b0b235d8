/** What a link must know. Everything that may be left out has its default in `DEFAULTS`. */

/** What all links have. */
interface AnyLinkConfig {
  /** Left out: its address. Two links of one adapter to the same address need different names. */
  readonly name?: string;
  /** Who speaks: our own engine, or the library `modbus-serial` as a fallback. */
  readonly transport?: "own" | "modbus-serial";
  /** Gives up to open after this. */
  readonly connectTimeoutMs?: number;
  /** How long a late answer is expected after its time-out. Left out: see `lateWindowMs`. */
  readonly lateWindowMs?: number;
  readonly pauseAfterConnectMs?: number;
  /** Between an answer and the next request. */
  readonly pauseBetweenRequestsMs?: number;
  /** Closes after so long, at most twice that, without a request, and opens again for the next. 0 is never. */
  readonly idleCloseMs?: number;
  readonly reconnect?: ReconnectConfig;
}

/** Full-jitter exponential back-off. */
export interface ReconnectConfig {
  readonly firstMs: number;
  readonly longestMs: number;
  /** A connection that worked this long begins again with `firstMs`. */
  readonly healthyAfterMs: number;
}

/** How a TLS link knows its peer and shows who it is. PEM texts. */
export interface TlsConfig {
  /** Left out: the authorities that come with Node. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the peer's certificate must carry; the host if left out. */
  readonly serverName?: string;
  /** SHA-256 of the peer's certificate, hex with or without colons: trusted without an authority, and nobody else is. */
  readonly fingerprint?: string;
}

/** MBAP over TCP or TLS. */
export interface TcpLinkConfig extends AnyLinkConfig {
  readonly framing: "tcp" | "tls";
  readonly host: string;
  readonly port: number;
  /** Requests on the wire at once, 1 to 16; `auto` tries up to 4. */
  readonly maxInFlight?: number | "auto";
  /** A gateway to several units: never more than one request on the wire for each of them. */
  readonly gateway?: boolean;
  /** Requests to these units take an answer from any unit. */
  readonly unitWildcard?: readonly number[];
  /** Shortens time-outs of reads to four times the usual answer, never below 200 ms. */
  readonly adaptiveTimeout?: boolean;
  readonly tls?: TlsConfig;
}

/** What all serial lines have, wherever they end. */
export interface BusConfig {
  /** Of the line; for RTU over TCP only if the pause between frames shall follow it. */
  readonly baud?: number;
  readonly dataBits?: 7 | 8;
  readonly parity?: "none" | "even" | "odd";
  readonly stopBits?: 1 | 2;
  /** Pause after a unit has answered, beside the 3.5 characters. */
  readonly turnaroundMs?: number;
  readonly unitTurnaroundMs?: ReadonlyMap<number, number>;
  /** Pause after a broadcast. */
  readonly broadcastDelayMs?: number;
  /** The line gives back what we send. */
  readonly localEcho?: boolean;
}

/** RTU frames over TCP to a serial server. */
export interface RtuOverTcpLinkConfig extends AnyLinkConfig, BusConfig {
  readonly framing: "rtuOverTcp";
  readonly host: string;
  readonly port: number;
}

/** RTU on a serial port. */
export interface SerialLinkConfig extends AnyLinkConfig, BusConfig {
  readonly framing: "rtu";
  /** `/dev/serial/by-id/…`, `COM3`. */
  readonly path: string;
  readonly baud: number;
  /** `own` needs Linux; `auto` takes it there and `serialport` elsewhere. */
  readonly driver?: "auto" | "own" | "serialport";
}

export type LinkConfig = TcpLinkConfig | RtuOverTcpLinkConfig | SerialLinkConfig;

export const DEFAULTS = {
  connectTimeoutMs: 3000,
  broadcastDelayMs: 100,
  unitWildcard: [0, 255],
  reconnect: { firstMs: 500, longestMs: 30_000, healthyAfterMs: 30_000 },
} as const;

/** The most requests that one socket may have on the wire. */
export const MOST_IN_FLIGHT = 16;

/** What a link is called in messages: its address, unless it has a name. */
export function linkName(config: LinkConfig): string {
  return config.name ?? linkAddress(config);
}

/** `host:port` or the port's path. */
export function linkAddress(config: LinkConfig): string {
  if (config.framing === "rtu") return config.path;
  const { host, port } = config;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether requests go over a line that all its units share, without numbers on them. */
export function isBus({ framing }: Pick<LinkConfig, "framing">): boolean {
  return framing === "rtu" || framing === "rtuOverTcp";
}
