/** An MQTT 5 server that says what it is told to: it takes everything unless asked to refuse, and delivers nothing. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { generate, parser, type Packet } from "mqtt-packet";
import type { Ending } from "./hub.ts";

export interface FarServerAnswers {
  /** Reason code of CONNACK. */
  readonly connack?: (clientId: string) => number;
  /** Reason code of SUBACK. */
  readonly suback?: (filter: string) => number;
  readonly pinged?: (answer: () => void) => void;
}

export interface ScriptedServer {
  readonly port: number;
  readonly got: readonly Packet[];
  /** Resolves when it holds, asked after each packet. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

export async function farServer(
  t: Ending,
  answers: FarServerAnswers = {},
): Promise<ScriptedServer> {
  const got: Packet[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined); // a reset is a close like any other
    const frames = parser({ protocolVersion: 5 });
    frames.on("packet", (packet: Packet) => {
      got.push(packet);
      answer(socket, packet, answers);
      for (const look of waiting) look();
    });
    socket.on("data", (chunk: Buffer) => frames.parse(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    got,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

function answer(socket: Socket, packet: Packet, answers: FarServerAnswers): void {
  const send = (reply: Packet): void => {
    socket.write(generate(reply, { protocolVersion: 5 }));
  };
  if (packet.cmd === "connect") {
    const reasonCode = answers.connack?.(packet.clientId) ?? 0;
    send({ cmd: "connack", reasonCode, sessionPresent: false });
  }
  if (packet.cmd === "subscribe") {
    const { messageId = 0, subscriptions } = packet;
    const granted = subscriptions.map(({ topic }) => answers.suback?.(topic) ?? 1);
    send({ cmd: "suback", messageId, granted });
  }
  if (packet.cmd !== "pingreq") return;
  const pong = (): void => send({ cmd: "pingresp" });
  if (answers.pinged === undefined) pong();
  else answers.pinged(pong);
}
