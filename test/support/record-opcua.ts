/**
 * Records what the adapter and asyncua say to each other: `npm run record:opcua`. Needs asyncua 2.1.0 in `.venv`; writes
 * the fixture that `opcua-replay.ts` reads.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ASYNCUA_MISSING, AsyncuaServer } from "./asyncua-server.ts";
import { ACTS, liveRecorded, recordedConfig } from "./opcua-recorded-life.ts";
import { RECORDING } from "./opcua-replay.ts";
import { OpcUaRun, QUICK } from "./opcua-run.ts";
import { FrameReader } from "./opcua-wire.ts";

/** So that a keep-alive stands before each mark. */
const QUIET_MS = 600;

const lines = [
  "# The adapter (>) and asyncua 2.1.0 (<), a server in Python, over a connection without security: every message as it was",
  "# on the wire. Written by `npm run record:opcua`; see test/support/opcua-recording.ts.",
];

if (ASYNCUA_MISSING !== false) throw new Error(ASYNCUA_MISSING);
await record();
writeFileSync(RECORDING, `${lines.join("\n")}\n`);

async function record(): Promise<void> {
  await using server = await AsyncuaServer.start();
  let connections = 0;
  const proxy = createServer((client) => {
    connections += 1;
    const upstream = connect(server.port, "127.0.0.1");
    note(client, upstream, `${connections}>`);
    note(upstream, client, `${connections}<`);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new TypeError("not listening");
  await live(server, `opc.tcp://127.0.0.1:${address.port}`);
  proxy.close();
}

async function live(server: AsyncuaServer, endpoint: string): Promise<void> {
  await using run = await OpcUaRun.start(recordedConfig(endpoint), QUICK);
  const acts = ACTS.values();
  await liveRecorded(run, async () => {
    await pause(QUIET_MS);
    const act = acts.next().value ?? "";
    const line = act.startsWith("delete") ? act : `${act} ${Date.now()}`;
    lines.push(`mark ${line}`);
    server.tell(line);
  });
  await pause(QUIET_MS);
}

/** Passes on, and writes down each message. */
function note(from: Socket, to: Socket, who: string): void {
  const frames = new FrameReader();
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
  from.on("data", (bytes) => {
    for (const frame of frames.push(Buffer.from(bytes)))
      lines.push(`${who} ${frame.toString("hex")}`);
    to.write(bytes);
  });
}
