/**
 * A Modbus server that answers right, but not in time: what a client makes of it shows whether its values can be trusted.
 * Register n of unit 1 is n × 31 + 1, so that a value of another register is seen.
 */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export interface HostilePeer extends AsyncDisposable {
  readonly port: number;
}

/** Milliseconds until the answer to request `number`, counted from 1. */
type Delay = (number: number) => number;

const READ_BYTES = { mbap: 12, rtu: 8 };

export async function openHostilePeer(framing: "mbap" | "rtu", delay: Delay): Promise<HostilePeer> {
  const sockets = new Set<Socket>();
  let number = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let rest = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (; rest.length >= READ_BYTES[framing]; rest = rest.subarray(READ_BYTES[framing])) {
        const answer = answerTo(framing, rest);
        number += 1;
        setTimeout(() => socket.write(answer), delay(number));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("no port is free");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The only true value of a register. */
export function trueWord(address: number): number {
  return (address * 31 + 1) & 0xffff;
}

/** The answer to a read of registers at the beginning of `bytes`. */
function answerTo(framing: "mbap" | "rtu", bytes: Buffer): Buffer {
  const pdu = bytes.subarray(framing === "mbap" ? 7 : 1);
  const start = pdu.readUInt16BE(1);
  const count = pdu.readUInt16BE(3);
  const body = Buffer.alloc(3 + 2 * count);
  body.writeUInt8(1, 0);
  body.writeUInt8(3, 1);
  body.writeUInt8(2 * count, 2);
  for (let index = 0; index < count; index += 1) {
    body.writeUInt16BE(trueWord(start + index), 3 + 2 * index);
  }
  if (framing === "rtu") return Buffer.concat([body, checksum(body)]);
  const head = Buffer.from(bytes.subarray(0, 6));
  head.writeUInt16BE(body.length, 4);
  return Buffer.concat([head, body]);
}

function checksum(bytes: Buffer): Buffer {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Buffer.of(crc & 0xff, crc >> 8);
}
