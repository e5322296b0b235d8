/** A checked link as the wire takes it. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ConfigPlace, ConfigProblem } from "@unshub/adapter";
import type { LinkConfig, TlsConfig } from "../wire/link-config.ts";
import type { DeviceConfig } from "./config.ts";
import type { LinkInput } from "./link-schema.ts";

/** The link, or the files that cannot be read; paths begin at the link. */
export interface ReadLink {
  readonly link?: LinkConfig;
  readonly problems: readonly ConfigProblem[];
}

/** Pauses that single units need come from `devices`. */
export function toLink(
  input: LinkInput,
  devices: readonly DeviceConfig[],
  place: ConfigPlace,
): ReadLink {
  const common = {
    transport: input.transport,
    connectTimeoutMs: input.connectTimeout,
    ...(input.lateWindow !== undefined && { lateWindowMs: input.lateWindow }),
    pauseAfterConnectMs: Math.max(
      input.pauseAfterConnect,
      ...devices.map((device) => device.pauseAfterConnectMs ?? 0),
    ),
    pauseBetweenRequestsMs: input.pauseBetweenRequests,
    idleCloseMs: input.idleClose,
    reconnect: {
      firstMs: input.reconnect.first,
      longestMs: input.reconnect.longest,
      healthyAfterMs: input.reconnect.healthyAfter,
    },
  };
  switch (input.framing) {
    case "tcp":
      return { link: { ...common, ...tcpOf(input), framing: "tcp" }, problems: [] };
    case "tls": {
      const { tls, problems } = tlsOf(input, place);
      return { link: { ...common, ...tcpOf(input), framing: "tls", tls }, problems };
    }
    case "rtuOverTcp":
      return {
        link: {
          ...common,
          ...busOf(input, devices),
          framing: "rtuOverTcp",
          host: input.host,
          port: input.port,
          ...(input.baud !== undefined && { baud: input.baud }),
        },
        problems: [],
      };
    case "rtu":
      return {
        link: {
          ...common,
          ...busOf(input, devices),
          framing: "rtu",
          path: input.port,
          baud: input.baud,
          driver: input.driver,
        },
        problems: [],
      };
  }
}

type TcpInput = Extract<LinkInput, { framing: "tcp" | "tls" }>;

function tcpOf(input: TcpInput) {
  const { host, port, maxInFlight, gateway, unitWildcard, adaptiveTimeout } = input;
  return { host, port, maxInFlight, gateway, unitWildcard, adaptiveTimeout };
}

function busOf(
  input: Extract<LinkInput, { framing: "rtu" | "rtuOverTcp" }>,
  devices: readonly DeviceConfig[],
) {
  const pauses = devices.flatMap(({ unit, turnaroundMs }): readonly [number, number][] =>
    turnaroundMs === undefined ? [] : [[unit, turnaroundMs]],
  );
  return {
    unitTurnaroundMs: new Map(pauses),
    dataBits: input.dataBits,
    parity: input.parity,
    stopBits: input.stop,
    turnaroundMs: input.turnaround,
    broadcastDelayMs: input.broadcastDelay,
    localEcho: input.localEcho,
  };
}

function tlsOf(
  input: Extract<LinkInput, { framing: "tls" }>,
  place: ConfigPlace,
): { readonly tls: TlsConfig; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const read = (key: "ca" | "cert" | "key"): string | undefined => {
    const name = input[key];
    if (name === undefined) return undefined;
    try {
      return readFileSync(isAbsolute(name) ? name : join(place.folder, name), "utf8");
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      problems.push({ path: [key], message: `"${name}" cannot be read: ${why}` });
      return undefined;
    }
  };
  const { serverName, fingerprint } = input;
  const [ca, cert, key] = [read("ca"), read("cert"), read("key")];
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
  return { tls, problems };
}
