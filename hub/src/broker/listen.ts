/** Opens the ports. Either all of them are open, or none and an error says which one failed and what to do. */
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import type { ListenerAddress, ListenerConfig } from "./contract.ts";
import { BrokerError, type BrokerErrorCode } from "./errors.ts";
import type { MalformedReport } from "./malformed.ts";
import { createTcpListener } from "./tcp-listener.ts";
import { createWsListener } from "./ws-listener.ts";

/** What a listener does with its connections. */
export interface ListenerEvents {
  readonly maxPacketBytes: number;
  accepted(raw: Duplex, address: string): void;
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
  close(): Promise<void>;
}

/** @throws {BrokerError} when a port cannot be opened; those opened before it are closed again. */
export async function openListeners(
  configs: readonly ListenerConfig[],
  events: ListenerEvents,
): Promise<OpenListeners> {
  const open: Listener[] = [];
  const addresses: ListenerAddress[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close()));
  };
  try {
    for (const config of configs) {
      const listener =
        config.kind === "mqtt" ? createTcpListener(events) : createWsListener(events);
      const address = await listening(listener.server, config);
      listener.server.on("error", (error) => events.failed(error, address));
      open.push(listener);
      addresses.push(address);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
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

function listenError(config: ListenerConfig, cause: NodeJS.ErrnoException): BrokerError {
  const { kind, host, port } = config;
  const what = kind === "mqtt" ? "MQTT" : "MQTT over WebSocket";
  const { code, because } = REASONS.get(cause.code ?? "") ?? {
    code: "LISTEN_FAILED",
    because: () => `cannot be opened: ${cause.message}`,
  };
  const message = `${what} port ${port} at ${host} ${because(`listeners.${kind}`, port)}`;
  return new BrokerError(code, message, { cause });
}

interface Reason {
  readonly code: BrokerErrorCode;
  /** The rest of a sentence that begins with the port: what is wrong, and what to do. */
  readonly because: (key: string, port: number) => string;
}

const NOT_HERE: Reason = {
  code: "ADDRESS_NOT_HERE",
  because: (key) =>
    `cannot be opened: this machine does not have that address. See which it has with: ip address — then set ${key}.host in unshub.yaml.`,
};

/** What the system's error codes mean for the person who starts the hub. */
const REASONS: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  [
    "EADDRINUSE",
    {
      code: "PORT_IN_USE",
      because: (key, port) =>
        `is in use by another program. See which with: ss -ltnp 'sport = :${port}' — then stop it, or set ${key}.port in unshub.yaml.`,
    },
  ],
  [
    "EACCES",
    {
      code: "PORT_FORBIDDEN",
      because: (key) =>
        `may not be opened by this user: ports below 1024 need rights. Set ${key}.port in unshub.yaml to a higher one, or give the program CAP_NET_BIND_SERVICE.`,
    },
  ],
  ["EADDRNOTAVAIL", NOT_HERE],
  ["ENOTFOUND", NOT_HERE],
  ["EAI_AGAIN", NOT_HERE],
]);
