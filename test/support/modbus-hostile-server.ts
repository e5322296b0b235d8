/** A TCP server that answers Modbus requests with whatever a test wants. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { portOf } from "./modbus-port.ts";

/** One request as it arrived, taken apart. */
export interface SeenRequest {
  readonly transactionId: number;
  readonly unit: number;
  /** Function code and what follows. */
  readonly pdu: Uint8Array;
  readonly socket: Socket;
}

/** A server that listens on a free port of 127.0.0.1. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that came so far. */
  readonly connections: () => number;
}

/** `onRequest` is called for each request, `onConnection` for each connection. */
export async function openHostileServer(
  onRequest: (request: SeenRequest) => void,
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    onConnection(socket);
    // The client under test sends each request in one piece, one at a time.
    socket.on("data", (bytes: Buffer) => {
      const transactionId = bytes.readUInt16BE(0);
      onRequest({ transactionId, unit: bytes.readUInt8(6), pdu: bytes.subarray(7), socket });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A frame from its parts, right or wrong. */
export function frame(transactionId: number, unit: number, pdu: readonly number[]): Uint8Array {
  const length = pdu.length + 1;
  const head = [transactionId >> 8, transactionId & 0xff, 0, 0, length >> 8, length & 0xff, unit];
  return Uint8Array.from([...head, ...pdu]);
}

/** The PDU of an honest answer to a read of registers: each holds `word`. */
export function registersPdu(request: SeenRequest, word: number): readonly number[] {
  const count = request.pdu[4] ?? 0;
  const words = Array.from({ length: count }, () => [word >> 8, word & 0xff]);
  return [request.pdu[0] ?? 0, 2 * count, ...words.flat()];
}
