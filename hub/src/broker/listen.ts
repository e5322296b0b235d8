/**
 * Opens the ports: TCP, TLS and WebSocket, all of which carry bytes in order and without loss. Either all of them are
 * open, or none and an error says which one failed and what to do. [MQTT5-4.2.0-1] [MQTT311-7.1.1-1]
 */
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type {
  BrokerOptions,
  CertificateTerm,
  ListenerAddress,
  ListenerConfig,
  ListenerKind,
  TlsListenerConfig,
  TlsProof,
} from "./contract.ts";
import { BrokerError } from "./errors.ts";
import { listenFault } from "./listen-fault.ts";
import type { MalformedReport } from "./malformed.ts";
import { createTcpListener } from "./tcp-listener.ts";
import type { TlsKeeper, TlsKeeperOptions } from "./tls-keeper.ts";

/** What a listener does with its connections. */
export interface ListenerEvents {
  readonly maxPacketBytes: number;
  readonly handshakeWithinMs: number;
  readonly pskOf?: BrokerOptions["pskOf"];
  /** A socket has come, of which nothing was read; `enter` is called if and when it may come in. */
  arrived(socket: Socket, enter: () => void): void;
  /** What comes out of `raw` is MQTT. */
  accepted(raw: Duplex, address: string, proof?: TlsProof): void;
  /** `because` is `undefined` when the client just went away. */
  handshakeFailed(because: string | undefined, address: string): void;
  /** Bytes that never became a connection. */
  malformed(report: MalformedReport): void;
  /** Something went wrong after the port was open, e.g. too many open files. */
  failed(error: Error, address: ListenerAddress): void;
}

/** A server that accepts connections and can be told to take no more. */
export interface Listener {
  readonly server: Server;
  /** Stops listening; resolves when its last connection has gone. */
  close(): Promise<void>;
}

export interface OpenListeners {
  readonly addresses: readonly ListenerAddress[];
  readonly certificates: readonly CertificateTerm[];
  reloadCertificates(): void;
  close(): Promise<void>;
}

/**
 * @throws {BrokerError} when a port cannot be opened or a certificate cannot be used; those opened before it are closed
 * again.
 */
export async function openListeners(
  configs: readonly ListenerConfig[],
  events: ListenerEvents,
  surroundings: Pick<TlsKeeperOptions, "log" | "clock">,
): Promise<OpenListeners> {
  const open: Listener[] = [];
  const addresses: ListenerAddress[] = [];
  const kept: { readonly kind: TlsListenerConfig["kind"]; readonly keeper: TlsKeeper }[] = [];
  const close = async (): Promise<void> => {
    for (const { keeper } of kept) keeper.stop();
    await Promise.all(open.map((listener) => listener.close()));
  };
  try {
    for (const config of configs) {
      const listener = await createListener(config, events, async (tlsConfig) => {
        const keeper = await keeperOf(tlsConfig, surroundings);
        kept.push({ kind: tlsConfig.kind, keeper });
        return keeper;
      });
      const address = await listening(listener.server, config);
      listener.server.on("error", (error) => events.failed(error, address));
      open.push(listener);
      addresses.push(address);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses,
    get certificates() {
      return kept.map(({ kind, keeper: { credentials } }) => {
        const { validTo, certificate } = credentials;
        return { kind, validTo, certificate };
      });
    },
    reloadCertificates: () => {
      for (const { keeper } of kept) keeper.reload();
    },
    close,
  };
}

/** TLS, HTTP and WebSocket are loaded where they are wanted: together they are 10 MB of memory. */
async function createListener(
  config: ListenerConfig,
  events: ListenerEvents,
  keep: (config: TlsListenerConfig) => Promise<TlsKeeper>,
): Promise<Listener> {
  switch (config.kind) {
    case "mqtt":
      return createTcpListener(events);
    case "mqtts": {
      const { createTlsListener } = await import("./tls-listener.ts");
      return createTlsListener(events, await keep(config));
    }
    case "ws": {
      const { createWsListener } = await import("./ws-listener.ts");
      return createWsListener(events, config);
    }
    case "wss": {
      const { createWsListener } = await import("./ws-listener.ts");
      return createWsListener(events, config, await keep(config));
    }
    case "psk": {
      const { createPskListener } = await import("./psk-listener.ts");
      return createPskListener(events);
    }
  }
}

async function keeperOf(
  { kind, tls }: TlsListenerConfig,
  surroundings: Pick<TlsKeeperOptions, "log" | "clock">,
): Promise<TlsKeeper> {
  const { TlsKeeper } = await import("./tls-keeper.ts");
  return new TlsKeeper({ ...surroundings, files: tls, setting: `listeners.${kind}` });
}

function listening(server: Server, config: ListenerConfig): Promise<ListenerAddress> {
  const { kind, host, port } = config;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(config, error)));
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      resolve({ kind, host, port: portOf(server) });
    });
  });
}

/** A listening TCP server has an address object; a string would be a pipe, null one that does not listen. */
function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

function listenError({ kind, host, port }: ListenerConfig, cause: unknown): BrokerError {
  const { code, message } = listenFault(cause, {
    what: SPOKEN[kind],
    key: `listeners.${kind}`,
    host,
    port,
  });
  return new BrokerError(code, message, { cause });
}

const SPOKEN: Readonly<Record<ListenerKind, string>> = {
  mqtt: "MQTT",
  mqtts: "MQTT over TLS",
  ws: "MQTT over WebSocket",
  wss: "MQTT over secure WebSocket",
  psk: "MQTT over TLS-PSK",
};
