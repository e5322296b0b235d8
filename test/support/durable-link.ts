/** One connection of a client that comes back again and again, with what it keeps between its connections elsewhere. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type Packet,
  parser,
} from "mqtt-packet";

export class DurableLink {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #version: 4 | 5;
  #isOpen = true;

  private constructor(socket: Socket, version: 4 | 5, received: (packet: Packet) => void) {
    this.#socket = socket;
    this.#version = version;
    const frames = parser({ protocolVersion: version });
    frames.on("packet", (packet: Packet) => {
      if (this.#isOpen) received(packet);
    });
    socket.on("data", (chunk: Buffer) => frames.parse(chunk));
    socket.on("error", () => {}); // a reset is a close like any other
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isOpen = false;
        resolve();
      });
    });
  }

  /** Connects with a session that lasts, and hands over everything that follows CONNACK. */
  static async open(
    port: number,
    { version, clientId, ...rest }: Partial<IConnectPacket> & { version: 4 | 5; clientId: string },
    received: (packet: Packet) => void,
  ): Promise<{ readonly link: DurableLink; readonly sessionPresent: boolean }> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const answer = Promise.withResolvers<IConnackPacket>();
    let isAccepted = false;
    const link = new DurableLink(socket, version, (packet) => {
      if (isAccepted) received(packet);
      else if (packet.cmd === "connack") {
        isAccepted = true;
        answer.resolve(packet);
      }
    });
    link.send({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clientId,
      clean: false,
      keepalive: 0,
      ...(version === 5 && { properties: { sessionExpiryInterval: 86_400 } }),
      ...rest,
    });
    const gone = link.closed.then(() => undefined);
    const connack = await Promise.race([answer.promise, gone]);
    if (connack === undefined) throw new Error(`${clientId}: the connection was closed`);
    if ((connack.reasonCode ?? connack.returnCode) !== 0)
      throw new Error(`${clientId} was refused: ${JSON.stringify(connack)}`);
    return { link, sessionPresent: connack.sessionPresent };
  }

  send(packet: Packet): void {
    if (this.#isOpen) this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }

  /** As when a cable is pulled. */
  async vanish(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}
