/** A network between a browser and a hub whose way back can be made slow, or stop, while connections stay open. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ending } from "./hub.ts";

export interface SlowLink {
  readonly port: number;
  /** What the hub says comes so much later from now on. */
  delayMs: number;
}

/** Ends with the test. `port`: of the hub. */
export async function openSlowLink(t: Ending, port: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const server = createServer((browser) => {
    const hub = connect(port, "127.0.0.1");
    for (const socket of [browser, hub]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        browser.destroy();
        hub.destroy();
      });
    }
    browser.pipe(hub);
    void carry(hub, browser, link);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  const link = { port: typeof address === "object" ? (address?.port ?? 0) : 0, delayMs: 0 };
  return link;
}

/** In order, each piece after its delay. */
async function carry(from: Socket, to: Socket, link: { readonly delayMs: number }): Promise<void> {
  let before = Promise.resolve();
  from.on("data", (piece: Buffer) => {
    const waited = sleep(link.delayMs, undefined, { ref: false }); // the test may be over before
    before = Promise.all([before, waited]).then(() => void to.write(piece));
  });
  await new Promise((resolve) => from.once("close", resolve)); // after its end, or instead of it
  await before;
  to.end();
}
