/** Opens the ports. Either all of them are open, or none and an error says which one failed and what to do. */
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import type { ListenerAddress, ListenerConfig } from "./contract.ts";
import { BrokerError } from "./errors.ts";
import { listenFault } from "./listen-fault.ts";
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
        config.kind === "mqtt" ? createTcpListener(events) : createWsListener(events, config);
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

function listenError({ kind, host, port }: ListenerConfig, cause: unknown): BrokerError {
  const what = kind === "mqtt" ? "MQTT" : "MQTT over WebSocket";
  const { code, message } = listenFault(cause, { what, key: `listeners.${kind}`, host, port });
  return new BrokerError(code, message, { cause });
}
