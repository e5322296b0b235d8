/** A page without a browser: the WebSocket `/live`, its frames, and how it ended. */
import { WebSocket } from "ws";
import type { HubMessage } from "../../hub/src/feed/protocol.ts";
import { Inbox } from "./mqtt-inbox.ts";

const HELLO = JSON.stringify({ op: "hello", v: 1, ui: "test" });

export interface LivePageClient {
  readonly frames: Inbox<HubMessage>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: object): void;
  close(): void;
}

/** Opens it and says hello. @throws when the hub refuses, with the status. */
export async function openLive(url: string, cookie = ""): Promise<LivePageClient> {
  const { host, origin } = new URL(url);
  const socket = new WebSocket(`ws://${host}/live`, "uns.v1", {
    origin,
    headers: cookie === "" ? {} : { cookie },
  });
  const frames = new Inbox<HubMessage>();
  socket.on("message", (data) => {
    const frame: HubMessage = JSON.parse(Buffer.isBuffer(data) ? data.toString() : "null");
    frames.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.send(HELLO);
  return {
    frames,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  };
}
