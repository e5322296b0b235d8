/**
 * What a value costs that an OPC UA server sends: by the adapter, and by a plain client of the library that only counts.
 * Server and watchers are processes of their own; the figures are those of the watcher.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const SECONDS = 10;

/** `npm run bench -- opcua-watch [items …]` */
export async function opcuaWatch(args: readonly string[]): Promise<void> {
  const counts = args.length > 0 ? args.map(Number) : [1_000, 10_000];
  for (const count of counts) {
    const server = start("../../test/support/opcua-lab-process.ts", [0, count, 1_000]);
    const { port, index } = await told(server);
    for (const kind of ["plain", "adapter"]) {
      const watcher = start("watcher.ts", [kind, port, index, count, SECONDS]);
      console.log(JSON.stringify({ count, ...(await told(watcher)) }));
    }
    server.kill();
  }
}

function start(script: string, args: readonly unknown[]): ChildProcess {
  const stdio = ["ignore", "ignore", "inherit", "ipc"] as const;
  return fork(resolve(import.meta.dirname, script), args.map(String), { stdio: [...stdio] });
}

async function told(child: ChildProcess): Promise<Record<string, unknown>> {
  const [message]: unknown[] = await once(child, "message");
  return { ...Object(message) };
}
