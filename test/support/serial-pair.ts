/** Two ends of a serial line: a pair of ptys made by `socat`. Ptys refuse parity, so lines here have none. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReadStream } from "node:tty";
import { HOSTILE, requestSplitter, type Behaviour, type HostileRequest } from "./modbus-hostile.ts";

/** A line with a device at its far end. */
export interface SerialPair extends AsyncDisposable {
  /** The near end, to be opened by who is tested. A link, as those in /dev/serial/by-id. */
  readonly path: string;
  behave: Behaviour;
  readonly requests: readonly HostileRequest[];
  /** Resolves when `count` requests have come. */
  seen(count: number): Promise<void>;
  /** Pulls the adapter out. */
  unplug(): Promise<void>;
  /** Plugs it in again, under the same name. */
  plug(): Promise<void>;
}

/** Opens a line; its device is honest until told otherwise. */
export async function openSerialPair(): Promise<SerialPair> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-serial-"));
  const near = join(folder, "usb-adapter");
  const far = join(folder, "device");
  const requests: HostileRequest[] = [];
  let heard = Promise.withResolvers<void>();
  const found = (request: HostileRequest): void => {
    requests.push(request);
    pair.behave(request);
    heard.resolve();
    heard = Promise.withResolvers();
  };
  let line: Line | undefined;
  const pair: SerialPair = {
    path: near,
    behave: HOSTILE.honest,
    requests,
    seen: async (count) => {
      while (requests.length < count) await heard.promise;
    },
    unplug: async () => {
      await line?.close();
      line = undefined;
    },
    plug: async () => {
      line = await openLine(near, far, found);
    },
    [Symbol.asyncDispose]: async () => {
      await pair.unplug();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await pair.plug();
  return pair;
}

interface Line {
  close(): Promise<void>;
}

/** Two ends of a line with nobody at either of them. */
export async function openBareLine(): Promise<
  { readonly near: string; readonly far: string } & AsyncDisposable
> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-serial-"));
  const near = join(folder, "near");
  const far = join(folder, "far");
  const { socat, exited } = await startSocat(near, far);
  return {
    near,
    far,
    [Symbol.asyncDispose]: async () => {
      socat.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ptyAt(link: string): string {
  return `pty,raw,echo=0,link=${link}`;
}

/** Resolves when both ends are there. */
async function startSocat(near: string, far: string) {
  const socat = spawn("socat", ["-d", "-d", ...[near, far].map(ptyAt)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(socat, "exit");
  let said = "";
  for await (const chunk of socat.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes("starting data transfer loop")) break;
  }
  socat.stderr.resume();
  return { socat, exited };
}

async function openLine(
  near: string,
  far: string,
  found: (request: HostileRequest) => void,
): Promise<Line> {
  const { socat, exited } = await startSocat(near, far);
  const fd = openSync(far, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const stream = new ReadStream(fd);
  stream.on("error", () => undefined);
  let number = 0;
  const send = (bytes: Uint8Array): void => void writeSync(fd, bytes);
  const split = requestSplitter("rtu", (parts) => {
    number += 1;
    const peer = {
      framing: "rtu",
      send: (...pieces: readonly Uint8Array[]) => send(Buffer.concat(pieces)),
      sendBytewise: (bytes: Uint8Array) => bytes.forEach((byte) => send(Uint8Array.of(byte))),
      fin: () => undefined,
      rst: () => undefined,
      whenClosed: () => undefined,
    } as const;
    found({ ...parts, number, peer });
  });
  stream.on("data", split);
  return {
    close: async () => {
      const closed = once(stream, "close");
      stream.destroy();
      await closed;
      closeSync(fd);
      socat.kill();
      await exited;
    },
  };
}
