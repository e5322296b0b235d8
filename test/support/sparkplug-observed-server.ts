/** An MQTT server that says yes to everything and keeps what clients send: for what stands in CONNECT and DISCONNECT. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import mqttPacket, { type Packet } from "mqtt-packet";
import { Bell } from "./bell.ts";

export class ObservedServer implements AsyncDisposable {
  readonly packets: Packet[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #bell = new Bell();

  static async open(): Promise<ObservedServer> {
    const server = new ObservedServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `mqtt://127.0.0.1:${address.port}`;
  }

  /** Resolves with all packets of this kind as soon as there are `count`. */
  async received<Command extends Packet["cmd"]>(
    cmd: Command,
    count: number,
  ): Promise<readonly Extract<Packet, { cmd: Command }>[]> {
    return await this.#bell.find(() => {
      const found = this.packets.filter(
        (packet): packet is Extract<Packet, { cmd: Command }> => packet.cmd === cmd,
      );
      return found.length >= count ? found : undefined;
    });
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined); // cut on purpose
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    let protocolVersion = 4;
    const answer = (packet: Packet): void => {
      socket.write(mqttPacket.generate(packet, { protocolVersion }));
    };
    parser.on("packet", (packet) => {
      this.packets.push(packet);
      if (packet.cmd === "connect") {
        protocolVersion = packet.protocolVersion ?? 4;
        answer({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false });
      } else if (packet.cmd === "subscribe") {
        const granted = packet.subscriptions.map(({ qos }) => qos);
        answer({ cmd: "suback", messageId: packet.messageId ?? 0, granted });
      } else if (packet.cmd === "publish" && packet.qos === 1) {
        answer({ cmd: "puback", messageId: packet.messageId ?? 0 });
      }
      this.#bell.ring();
    });
    socket.on("data", (bytes: Buffer) => parser.parse(bytes));
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
