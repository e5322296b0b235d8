/** The door of the hub's OPC UA server. What is behind it is loaded when `startOpcUaServer` is called, node-opcua too. */
import type { OpcUaServer, OpcUaServerOptions } from "./server.ts";

export { OpcUaServerError } from "./errors.ts";
export type { OpcUaServer, OpcUaServerOptions } from "./server.ts";
export type { Authenticate, OpcUaCredentials, OpcUaUser } from "./visitors.ts";

/** @throws {OpcUaServerError} when the port cannot be opened, or the certificate not be read or made. */
export async function startOpcUaServer(options: OpcUaServerOptions): Promise<OpcUaServer> {
  const { start } = await import("./server.ts");
  return await start(options);
}
