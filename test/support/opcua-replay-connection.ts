/** One connection of the replay server: reads requests, sends recorded answers with the numbers of this connection. */
import type { Socket } from "node:net";
import {
  bodyOf,
  FrameReader,
  isFinal,
  kindOf,
  parseRequest,
  requestIdOf,
  responseHandleAt,
  securityTokenAt,
  sequenceAt,
  SERVICE,
  serviceOf,
  type WireRequest,
} from "./opcua-wire.ts";

const BAD_SERVICE_UNSUPPORTED = 0x800b_0000;
const TOKEN_ID = 1;

/** A request that waits for its answer. */
export interface Asked {
  readonly request: WireRequest;
  answer(chunks: readonly Buffer[]): void;
  /** With a ServiceFault. */
  refuse(): void;
}

export interface ReplayConnectionOptions {
  readonly socket: Socket;
  readonly acknowledge: Buffer;
  readonly channelId: number;
}

export class ReplayConnection {
  readonly #options: ReplayConnectionOptions;
  readonly #asked: (asked: Asked) => void;
  readonly #frames = new FrameReader();
  #chunks: Buffer[] = [];
  #sequence = 0;

  constructor(options: ReplayConnectionOptions, asked: (asked: Asked) => void) {
    this.#options = options;
    this.#asked = asked;
    options.socket.on("error", () => options.socket.destroy());
  }

  /** What is no OPC UA ends the connection. */
  receive(bytes: Buffer): void {
    try {
      for (const frame of this.#frames.push(bytes)) this.#frame(frame);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      this.#options.socket.destroy();
    }
  }

  #frame(frame: Buffer): void {
    const { socket, acknowledge } = this.#options;
    switch (kindOf(frame)) {
      case "HEL":
        socket.write(acknowledge);
        return;
      case "OPN":
      case "MSG":
        this.#chunks.push(bodyOf(frame));
        if (isFinal(frame)) this.#request(requestIdOf(frame));
        return;
      default:
        socket.end();
    }
  }

  #request(requestId: number): void {
    const body = Buffer.concat(this.#chunks.splice(0));
    const request = parseRequest(body);
    this.#asked({
      request,
      answer: (chunks) => this.#send(chunks, requestId, request.handle),
      refuse: () => this.#send([serviceFault()], requestId, request.handle),
    });
  }

  /** The handle stands in the first chunk only. */
  #send(chunks: readonly Buffer[], requestId: number, handle: number): void {
    const { socket, channelId } = this.#options;
    if (socket.destroyed) return;
    for (const [index, recorded] of chunks.entries()) {
      const frame = Buffer.from(recorded);
      const at = sequenceAt(frame);
      this.#sequence += 1;
      frame.writeUInt32LE(channelId, 8);
      if (kindOf(frame) === "MSG") frame.writeUInt32LE(TOKEN_ID, 12);
      frame.writeUInt32LE(this.#sequence, at);
      frame.writeUInt32LE(requestId, at + 4);
      if (index === 0) patchBody(bodyOf(frame), { channelId, handle });
      socket.write(frame);
    }
  }
}

function patchBody(body: Buffer, numbers: { channelId: number; handle: number }): void {
  body.writeUInt32LE(numbers.handle, responseHandleAt(body));
  if (serviceOf(body) !== SERVICE.openedChannel) return;
  const at = securityTokenAt(body);
  body.writeUInt32LE(numbers.channelId, at);
  body.writeUInt32LE(TOKEN_ID, at + 4);
}

/** A whole message whose numbers are still to be written. */
function serviceFault(): Buffer {
  const frame = Buffer.alloc(24 + 4 + 8 + 4 + 4 + 1 + 4 + 3);
  frame.write("MSGF", "latin1");
  frame.writeUInt32LE(frame.length, 4);
  frame.writeUInt8(1, 24);
  frame.writeUInt16LE(SERVICE.serviceFault, 26);
  frame.writeUInt32LE(BAD_SERVICE_UNSUPPORTED, 40);
  return frame;
}
