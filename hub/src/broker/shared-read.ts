/**
 * Sockets that read into one buffer which all of them share, instead of a new one of 64 KiB for every piece that comes:
 * a plant of many clients that say little each costs a third less CPU time.
 *
 * Node offers this (`onread`) to sockets that connect, not to those that a server accepts, so the accepted socket's
 * handle is put into a socket of our own. Where a version of Node has no such handle, the socket stays as it is.
 */
import { Socket } from "node:net";

const SHARED = Buffer.allocUnsafeSlow(65_536);

/** Events and methods as of `socket`; each piece told by `data` is valid only while it is told. `socket` must be paused. */
export function readingShared(socket: Socket): Socket {
  const handle = takeHandle(socket);
  if (handle === undefined) return socket;
  const reading: Socket = new Socket({
    handle,
    allowHalfOpen: false,
    onread: {
      buffer: SHARED,
      callback: (length: number): boolean => reading.emit("data", SHARED.subarray(0, length)),
    },
  } as ConstructorParameters<typeof Socket>[0]); // `handle` and `onread` are missing in the declarations
  return reading;
}

/** Takes the handle out of the socket, which is of no more use then. */
function takeHandle(socket: Socket & { _handle?: object | null }): object | undefined {
  const handle = socket._handle;
  if (handle === undefined || handle === null) return undefined;
  socket._handle = null;
  socket.destroy();
  return handle;
}
