/** Servers of others that play the scripts of the model test: Mosquitto as a program, aedes in this process. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { freePort } from "./free-port.ts";
import type { ModelServer } from "./mqtt-model-player.ts";
import { openSocket } from "./mqtt-raw-client.ts";

const PROGRAM = ["mosquitto", "/usr/sbin/mosquitto"].find(
  (name) => spawnSync(name, ["-h"]).error === undefined,
);

/** Why tests with the server of Mosquitto are skipped here; `false` when they run, as always in CI. */
export const SKIP_WITHOUT_MOSQUITTO_SERVER: string | false =
  PROGRAM !== undefined || process.env["CI"] !== undefined
    ? false
    : "No mosquitto on this machine, so the model is not compared with it. Debian: apt-get install mosquitto.";

const NO_RESTART = {
  left: () => Promise.resolve(),
  restart: () => Promise.reject(new Error("this server is not restarted")),
};

export async function startMosquitto(): Promise<ModelServer> {
  const folder = await mkdtemp(join(tmpdir(), "unshub-mosquitto-"));
  const port = await freePort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    "max_queued_messages 0",
    "max_inflight_messages 1000",
  ];
  const file = join(folder, "mosquitto.conf");
  await writeFile(file, lines.join("\n"));
  const child = spawn(PROGRAM ?? "mosquitto", ["-c", file], { stdio: "ignore" });
  const exited = once(child, "exit");
  await listening(port);
  return {
    ...NO_RESTART,
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** Asks until somebody answers. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = await openSocket(port).catch(() => undefined);
    if (socket !== undefined) {
      socket.destroy();
      return;
    }
  }
}

export async function startAedes(): Promise<ModelServer> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    ...NO_RESTART,
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        aedes.close(() => server.close(() => resolve()));
      });
    },
  };
}
