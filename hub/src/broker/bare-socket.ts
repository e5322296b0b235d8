/**
 * Plain TCP without what a stream does around it, all that we know of the inside of Node's sockets. Where each message
 * is a read and a write of its own, as in a plant of many clients that say little each, a stream's two buffers cost
 * a tenth of a message's CPU time. Where a version of Node does not know how, and for all other streams, things stay
 * as they are.
 */
// oxlint-disable no-underscore-dangle -- the names are Node's
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Node's declarations know nothing of the handle, in which the system's socket is. */
type SocketWithHandle = Socket & { _handle?: object | null };

/** Gives bytes to a stream, which has taken them when it calls `written`: at once, or later. */
export type WriteBytes = (bytes: Buffer, written: (error?: Error | null) => void) => void;

/** All sockets read into it; as much as libuv reads at once. */
const SHARED = Buffer.allocUnsafeSlow(65_536);

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what streams call bytes; the declarations forget it
const BYTES = "buffer" as BufferEncoding;

/** Short pieces come in the same lengths again and again: views of the buffer, made once. */
const VIEWS: (Buffer | undefined)[] = Array.from({ length: 1024 }, () => undefined);

function sharedUpTo(length: number): Buffer {
  if (length >= VIEWS.length) return SHARED.subarray(0, length);
  return (VIEWS[length] ??= SHARED.subarray(0, length));
}

/**
 * The same connection as `socket`, but each piece is read into the same buffer, so that it is valid only while `data`
 * tells of it. Node offers this (`onread`) to sockets that connect, not to those that a server accepts; so the handle of
 * the accepted one, which must not have read anything, is put into a socket of our own. That one is paused.
 */
export function readingShared(socket: SocketWithHandle): Socket {
  const handle = socket._handle;
  if (handle === undefined || handle === null || !("useUserBuffer" in handle)) return socket;
  const callback = (length: number): boolean => reading.emit("data", sharedUpTo(length));
  const options: object = { handle, onread: { buffer: SHARED, callback } };
  const reading: SocketWithHandle = new Socket(options);
  if (reading._handle !== handle) return socket;
  reading.pause();
  reading.setNoDelay(true);
  socket._handle = null;
  socket.destroy();
  return reading;
}

/**
 * How bytes get into `stream`. Those for a plain socket go past the queue in front of its `_write`, which is of use only
 * to those who write again before `written`; the end of the stream comes after them all the same.
 */
export function writerOf(stream: Duplex): WriteBytes {
  return isPlainSocket(stream)
    ? (bytes, written) => stream._write(bytes, BYTES, written)
    : (bytes, written) => void stream.write(bytes, written);
}

/** TLS sockets are sockets too, but have their own way of writing. */
export function isPlainSocket(stream: Duplex): boolean {
  return stream.constructor === Socket;
}
