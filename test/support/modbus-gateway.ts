/** A gateway in front of a Modbus server: passes bytes through, except to units that are dead behind it. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { portOf } from "./modbus-port.ts";

/** A gateway that listens on a free port of 127.0.0.1. */
export interface ModbusGateway extends AsyncDisposable {
  readonly port: number;
  /** Requests to these units are swallowed. */
  readonly deadUnits: Set<number>;
}

/** Opens a gateway to the server at `serverPort`. */
export async function openModbusGateway(serverPort: number): Promise<ModbusGateway> {
  const deadUnits = new Set<number>();
  const sockets = new Set<Socket>();
  const gateway = createServer((client) => {
    const server = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    server.on("data", (reply) => client.write(reply));
    // Our client sends each request in one piece, one at a time.
    client.on("data", (request: Buffer) => {
      if (!deadUnits.has(request[6] ?? 0)) server.write(request);
    });
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  return {
    port: portOf(gateway),
    deadUnits,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      gateway.close();
      await once(gateway, "close");
    },
  };
}
