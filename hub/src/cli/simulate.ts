/** `unshub simulate`: servers that behave as the devices of a configuration, so that it can be tried before they exist. */
import { writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { SimulateOptions, Simulation } from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import { ConfigFileError, loadConfig, withChanges, type AdapterEntry } from "../config/index.ts";
import { checkAdapterConfig, loadAdapter } from "../supervisor/index.ts";
import {
  CommandFailure,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { aborted } from "./aborted.ts";
import { FAULT_WORDS, faultOf } from "./fault-words.ts";
import { openLog } from "./log.ts";

export const SIMULATE_USAGE = `unshub simulate [-c FILE] [--host HOST] [--port-offset N] [--serial PORT=OTHER] [--write COPY]
  Serves the devices of a configuration: values of every tag that move plausibly, setpoints that hold what is written,
  exceptions elsewhere. HOST is 127.0.0.1 unless named; N is added to every port; devices of the serial line PORT answer
  at OTHER, its other end. While it runs, type
    fault DEVICE|all ${FAULT_WORDS}
  COPY, beside FILE, becomes the same configuration with the hosts and ports of the simulation: unshub start -c COPY`;

const FAULT_USAGE = `fault DEVICE|all ${FAULT_WORDS}; list shows devices`;

/** Where devices answer. */
interface Places {
  readonly host: string;
  readonly offset: number;
  readonly serial: ReadonlyMap<string, string>;
  /** Several devices of the plant may have one port, each at its own host; here they have one host. */
  readonly taken: Set<number>;
}

export async function simulate(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      config: { type: "string", short: "c", default: "unshub.yaml" },
      host: { type: "string", default: "127.0.0.1" },
      "port-offset": { type: "string", default: "0" },
      serial: { type: "string", multiple: true, default: [] },
      write: { type: "string" },
    },
  });
  const places = {
    host: values.host,
    offset: offsetOf(values["port-offset"]),
    serial: new Map(values.serial.map(pairOf)),
    taken: new Set<number>(),
  };
  const copy = values.write === undefined ? undefined : besides(values.config, values.write);
  const entries = await entriesOf(values.config);
  const started = await startAll(entries, places, console);
  const simulations = started.map(({ simulation }) => simulation);
  try {
    if (copy !== undefined) writeFileSync(copy, copyOf(values.config, started));
    for (const line of describe(simulations)) console.print(line);
    await obey(simulations, console);
  } finally {
    await Promise.all(simulations.map((simulation) => simulation.stop()));
  }
  return 0;
}

function offsetOf(text: string): number {
  if (/^-?\d{1,5}$/.test(text)) return Number(text);
  throw new UsageError(`--port-offset ${text}: a whole number, e.g. 10000`);
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--serial ${text}: PORT=OTHER, e.g. /dev/ttyS0=/tmp/plc`);
}

async function entriesOf(file: string): Promise<readonly AdapterEntry[]> {
  try {
    return (await loadConfig(file, checkAdapterConfig)).adapters;
  } catch (error) {
    if (error instanceof ConfigFileError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** Paths in a configuration are seen from its folder, so a copy of it has to stay there. */
function besides(file: string, copy: string): string {
  if (dirname(resolve(file)) === dirname(resolve(copy)) && resolve(file) !== resolve(copy)) {
    return copy;
  }
  throw new UsageError(`--write ${copy}: another file in the folder of ${file}`);
}

/** A running simulation, and which entry it is of. */
interface Started {
  readonly index: number;
  readonly simulation: Simulation;
}

function copyOf(file: string, started: readonly Started[]): string {
  const changes = started.flatMap(({ index, simulation }) =>
    simulation.servers.flatMap(({ settings }) =>
      settings.map(({ path, value }) => ({ path: ["adapters", index, ...path], value })),
    ),
  );
  return withChanges(file, changes);
}

async function startAll(
  entries: readonly AdapterEntry[],
  places: Places,
  console: Console,
): Promise<readonly Started[]> {
  const started: Started[] = [];
  try {
    for (const [index, entry] of entries.entries()) {
      const simulation = await startOne(entry, places);
      if (simulation !== undefined) started.push({ index, simulation });
      else console.complain(`${entry.name}: the adapter for ${entry.protocol} has no simulator`);
    }
  } catch (cause) {
    await Promise.all(started.map(({ simulation }) => simulation.stop()));
    const why = messageOf(cause);
    const hint = why.includes("EACCES")
      ? "\nPorts below 1024 are not for everyone: --port-offset 10000"
      : "";
    throw new CommandFailure(`${why}${hint}`, { cause });
  }
  if (started.length === 0) throw new UsageError("there is nothing that could be simulated");
  return started;
}

async function startOne(entry: AdapterEntry, places: Places): Promise<Simulation | undefined> {
  const module = await loadAdapter(entry.protocol);
  const config = module.parseConfig(entry.input, entry);
  return await module.simulate?.(config, optionsOf(places));
}

function optionsOf({ host, offset, serial, taken }: Places): SimulateOptions {
  return {
    host,
    portOf: (_link, configured) => {
      let port = configured + offset;
      while (taken.has(port)) port += 1;
      taken.add(port);
      return port;
    },
    pathOf: (link) => serial.get(link) ?? link,
    log: openLog("warn", process.stderr),
    now: () => Date.now(),
    random: () => Math.random(),
  };
}

function describe(simulations: readonly Simulation[]): readonly string[] {
  const servers = simulations.flatMap((simulation) => simulation.servers);
  return [
    ...servers.map(({ link, address, deviceIds }) => {
      const instead = link === address ? "" : ` for ${link}`;
      return `${address}${instead}: ${deviceIds.join(", ")}`;
    }),
    "Ctrl-C ends it; to make a device ill: fault DEVICE|all slow 500ms, silent, exceptions, noise, none",
  ];
}

/** Follows what is typed until it is told to stop; the end of the input is not the end. */
async function obey(simulations: readonly Simulation[], console: Console): Promise<void> {
  const stopped = aborted(console.stop);
  const listening = listen(simulations, console).catch((error: unknown) => {
    if (!console.stop.aborted) throw error; // the reader ends with an error when it is told to
  });
  await Promise.race([stopped, listening.then(() => stopped)]);
}

async function listen(simulations: readonly Simulation[], console: Console): Promise<void> {
  for await (const line of console.lines?.() ?? []) {
    if (line.trim() === "") continue;
    const said = commandLine(simulations, line.trim().split(/\s+/));
    console.print(said);
  }
}

function commandLine(simulations: readonly Simulation[], words: readonly string[]): string {
  const [verb, deviceId = "", ...rest] = words;
  if (verb === "list") return describe(simulations).slice(0, -1).join("\n");
  const fault = verb === "fault" ? faultOf(rest) : undefined;
  if (fault === undefined) return FAULT_USAGE;
  const known = simulations.filter(
    ({ servers }) =>
      deviceId === "all" || servers.some(({ deviceIds }) => deviceIds.includes(deviceId)),
  );
  if (known.length === 0) return `there is no device "${deviceId}"; list shows them`;
  for (const simulation of known) {
    simulation.setFault(deviceId === "all" ? undefined : deviceId, fault);
  }
  return `${deviceId}: ${rest.join(" ")}`;
}
