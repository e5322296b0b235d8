/** `unshub host`: the hub's host application and tree at an MQTT server that is not ours, e.g. that of a test kit. */
import { clockOf, mqttJs, type Connector } from "@unshub/sparkplug";
import { connect, type IClientOptions } from "mqtt";
import { Commands } from "../command/index.ts";
import { HostOverMqtt, type HostEvent } from "../namespace/index.ts";
import type { Console, ExitCode } from "./arguments.ts";
import { HostCommands, STDIN_USAGE } from "./host-commands.ts";
import { eventLine } from "./host-lines.ts";
import { PASSWORD_VARIABLE, readHostOptions, type HostOptions } from "./host-options.ts";
import { openLog } from "./log.ts";
import { printable } from "./printable.ts";

export const HOST_USAGE = `unshub host --url mqtt://[USER:PASSWORD@]HOST:PORT [--host-id ID] [--json]
  Runs the host application at any MQTT server: STATE, the tree, rebirth requests; prints what happens.
  --mqtt 5|3.1.1, --client-id ID, --keep-alive 30s, --reorder 2s (0: servers that keep order),
  --user NAME (password: ${PASSWORD_VARIABLE}), --ca FILE, --cert FILE --key FILE,
  --data-dir DIR (tree and time of STATE survive), --certificates (last known births of aware servers),
  --legacy-state (STATE also as before Sparkplug 3.0). On stdin:
  ${STDIN_USAGE}`;

export async function host(args: readonly string[], console: Console): Promise<ExitCode> {
  const options = readHostOptions(args, process.env);
  const log = openLog("warn", { write: (text: string) => console.complain(text.trimEnd()) });
  const { json, url } = options;
  const tell = (event: HostEvent): void =>
    console.print(json ? eventJson(event) : printable(eventLine(event, Date.now())));
  const running = new HostOverMqtt({
    ...options,
    server: url,
    connector: connectorOf(options),
    clock: clockOf(globalThis),
    random: Math.random,
    log,
    tell,
  });
  const commands = new Commands({
    tree: running.tree,
    log,
    now: () => Date.now(),
    nodeMetrics: "writable",
    publish: async (message) => running.publish(message),
  });
  running.start();
  try {
    await untilStopped(console, { host: running, commands, json });
  } finally {
    await running.stop();
  }
  return 0;
}

function eventJson(event: HostEvent): string {
  return JSON.stringify({ time: Date.now(), ...event });
}

/** Each connection is a client of its own, so who connects again logs in again. */
function connectorOf({ security }: HostOptions): Connector {
  return mqttJs({
    connect: (server: string, client: IClientOptions) =>
      connect(server, { ...client, ...security }),
  });
}

interface Running {
  readonly host: HostOverMqtt;
  readonly commands: Commands;
  readonly json: boolean;
}

/** Until somebody stops the command, or types it. The end of stdin ends nothing: a service has none. */
async function untilStopped(console: Console, running: Running): Promise<void> {
  const ended = Promise.withResolvers<void>();
  if (console.stop.aborted) return;
  console.stop.addEventListener("abort", () => ended.resolve(), { once: true });
  const typed = new HostCommands({
    ...running,
    print: (line) => console.print(printable(line)),
    complain: (line) => console.complain(printable(line)),
    stop: () => ended.resolve(),
  });
  const reading = readLines(console, (line) => {
    typed.run(line).catch(ended.reject);
  });
  await Promise.race([ended.promise, reading]);
}

/** Never resolves; rejects when the lines cannot be read. */
async function readLines(console: Console, take: (line: string) => void): Promise<never> {
  for await (const line of console.lines?.() ?? []) take(line);
  return await new Promise<never>(() => undefined);
}
