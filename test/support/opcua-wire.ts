/** Messages of OPC UA over TCP without security, as bytes: where what stands (OPC UA part 6, 5.2, 6.7 and 7.1). */

/** The numbers of the services' binary encodings that are treated apart. */
export const SERVICE = {
  serviceFault: 397,
  getEndpoints: 428,
  openChannel: 446,
  openedChannel: 449,
  createSession: 461,
  activateSession: 467,
  closeSession: 473,
  browse: 527,
  browseNext: 533,
  translatePaths: 554,
  read: 631,
  write: 673,
  call: 712,
  createMonitoredItems: 751,
  createSubscription: 787,
  publish: 826,
} as const;

/** Cuts a stream of bytes into messages. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  push(bytes: Buffer): readonly Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 8 && this.#rest.length >= this.#rest.readUInt32LE(4)) {
      const size = Math.max(8, this.#rest.readUInt32LE(4));
      frames.push(Buffer.from(this.#rest.subarray(0, size)));
      this.#rest = this.#rest.subarray(size);
    }
    return frames;
  }
}

/** `HEL`, `ACK`, `ERR`, `OPN`, `MSG` or `CLO`. */
export function kindOf(frame: Buffer): string {
  return frame.toString("latin1", 0, 3);
}

export function isFinal(frame: Buffer): boolean {
  return frame.toString("latin1", 3, 4) === "F";
}

/** Where the sequence number stands; the request id follows it, then the body. */
export function sequenceAt(frame: Buffer): number {
  if (kindOf(frame) !== "OPN") return 16;
  let at = 12;
  for (let text = 0; text < 3; text += 1) at = afterText(frame, at);
  return at;
}

export function requestIdOf(frame: Buffer): number {
  return frame.readUInt32LE(sequenceAt(frame) + 4);
}

export function bodyOf(frame: Buffer): Buffer {
  return frame.subarray(sequenceAt(frame) + 8);
}

/** What a request says of itself, and what it asks. */
export interface WireRequest {
  readonly service: number;
  /** The session's authentication token. */
  readonly token: string;
  readonly handle: number;
  /** All behind the request header. */
  readonly asks: string;
}

/** @throws {RangeError} when it is cut off. */
export function parseRequest(body: Buffer): WireRequest {
  const headerAt = afterNodeId(body, 0);
  const tokenEnd = afterNodeId(body, headerAt);
  const additionalAt = afterText(body, tokenEnd + 16) + 4;
  return {
    service: serviceOf(body),
    token: body.toString("hex", headerAt, tokenEnd),
    handle: body.readUInt32LE(tokenEnd + 8),
    asks: body.toString("hex", afterExtensionObject(body, additionalAt)),
  };
}

/** A request or a response begins with the number of its type. */
export function serviceOf(body: Buffer): number {
  return body.readUInt8(0) === 0 ? body.readUInt8(1) : body.readUInt16LE(2);
}

/** In a response: the timestamp, then the handle of the request. */
export function responseHandleAt(body: Buffer): number {
  return afterNodeId(body, 0) + 8;
}

/** In the answer that opens a channel: the channel's id, then the token's. */
export function securityTokenAt(body: Buffer): number {
  const diagnosticsAt = responseHandleAt(body) + 8;
  // No diagnostics were asked for: a mask of 0 and an empty table of strings.
  return afterExtensionObject(body, diagnosticsAt + 5) + 4;
}

/** A String or ByteString. */
function afterText(bytes: Buffer, at: number): number {
  return at + 4 + Math.max(0, bytes.readInt32LE(at));
}

function afterExtensionObject(bytes: Buffer, at: number): number {
  const encodingAt = afterNodeId(bytes, at);
  return bytes.readUInt8(encodingAt) === 0 ? encodingAt + 1 : afterText(bytes, encodingAt + 1);
}

/** Two bytes, four bytes, numeric, text, Guid, opaque. */
function afterNodeId(bytes: Buffer, at: number): number {
  const encoding = bytes.readUInt8(at);
  if (encoding === 3 || encoding === 5) return afterText(bytes, at + 3);
  const size = [2, 4, 7, undefined, 19][encoding];
  if (size === undefined) throw new RangeError(`no NodeId begins with ${encoding}`);
  return at + size;
}
