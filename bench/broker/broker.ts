/**
 * `npm run bench -- broker`: our MQTT server, our whole hub, Mosquitto and aedes under the same load, in rounds that
 * alternate, so that what else the machine does falls on all of them.
 */
import { parseArgs } from "node:util";
import { keep } from "../measure.ts";
import { outcomesOf, type Outcome, type Series } from "./outcome.ts";
import { hasProc, openFilesLimit } from "./proc.ts";
import { runRound } from "./round.ts";
import type { RoundResult, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { INSTALL_MOSQUITTO, MOSQUITTO, mosquittoVersion } from "./servers/mosquitto.ts";
import { startServer, type Server, type ServerName } from "./servers/start.ts";
import { printHead, printOutcomes } from "./table.ts";

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly servers: readonly ServerName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly keep: boolean;
  readonly profileFolder: string | undefined;
}

const USAGE = `npm run bench -- broker [--only NAME,…] [--servers NAME,…] [--rounds N] [--seconds N] [--profile FOLDER] [--keep]
  --only     ${SCENARIOS.map(({ name }) => name).join(", ")}
  --servers  broker, hub, mosquitto, aedes; recorded: our MQTT server with a black box
  --profile  folder for CPU profiles of our servers (and aedes)
  --keep     writes bench/results/broker-<date>.json`;

/** @throws {TypeError} for arguments it does not know. */
export async function broker(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const outcomes = await compared(options);
  if (options.keep)
    console.log(`\nkept in ${keep("broker", outcomes, { mosquitto: mosquittoVersion() })}`);
}

/** Measures and prints. */
async function compared(options: Options): Promise<readonly Outcome[]> {
  if (!hasProc) throw new Error("This bench reads CPU time and memory from /proc: it needs Linux.");
  if (MOSQUITTO === undefined) console.log(`${INSTALL_MOSQUITTO}\n`);
  printHead();
  const outcomes: Outcome[] = [];
  for (const scenario of options.scenarios) {
    const fitting = fitToMachine(scenario);
    const found = outcomesOf(fitting, await measureScenario(fitting, options));
    printOutcomes(`${fitting.name}: ${fitting.says}`, found);
    outcomes.push(...found);
  }
  return outcomes;
}

/** These scenarios with our whole hub and Mosquitto in short rounds, for suites of their own. */
export function comparedBriefly(names: readonly string[]): Promise<readonly Outcome[]> {
  return compared(
    readOptions(["--only", names.join(","), "--servers", "hub,mosquitto", "--seconds", "2"]),
  );
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      servers: { type: "string", default: "broker,hub,mosquitto,aedes" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      "warm-up": { type: "string", default: "2" },
      keep: { type: "boolean", default: false },
      profile: { type: "string" },
    },
  });
  const wanted = values.only?.split(",");
  const servers = values.servers.split(",");
  const scenarios = SCENARIOS.filter(({ name }) => wanted?.includes(name) ?? true);
  if (scenarios.length < (wanted?.length ?? 1)) throw new TypeError(USAGE);
  return {
    scenarios,
    servers: SERVER_ORDER.filter((name) => servers.includes(name)),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values["warm-up"]),
    keep: values.keep,
    profileFolder: values.profile,
  };
}

const SERVER_ORDER: readonly ServerName[] = ["broker", "recorded", "hub", "mosquitto", "aedes"];

/** The hub meets Sparkplug, the MQTT server alone the rest; aedes only where it is fair to it. */
function isFor(scenario: Scenario, server: ServerName): boolean {
  const isSparkplug = scenario.payload.kind === "sparkplug";
  switch (server) {
    case "mosquitto":
      return MOSQUITTO !== undefined;
    case "hub":
      return isSparkplug;
    case "broker":
    case "recorded":
      return !isSparkplug;
    case "aedes":
      return !isSparkplug && !scenario.persistent && scenario.routing !== "shared";
  }
}

/** Files and sockets a process needs besides its connections. */
const OTHER_FILES = 100;

/** Fewer idle connections where the system allows no more. */
function fitToMachine(scenario: Scenario): Scenario {
  const { load } = scenario;
  const most = openFilesLimit() - OTHER_FILES;
  if (load.kind !== "idle" || load.connections <= most) return scenario;
  const says = `${most} idle connections: \`ulimit -Hn\` allows no ${load.connections}`;
  return { ...scenario, says, load: { kind: "idle", connections: most } };
}

async function measureScenario(scenario: Scenario, options: Options): Promise<readonly Series[]> {
  const names = options.servers.filter((name) => isFor(scenario, name));
  const contenders = names.map((name) => new Contender(name));
  try {
    for (const contender of contenders) await contender.start(scenario, options);
    for (let round = 0; round < options.rounds; round += 1) {
      for (const contender of contenders) await contender.run(scenario, options, round);
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
  }
  return contenders;
}

/** One server and its rounds so far. One that failed once is left alone; the others go on. */
class Contender implements Series {
  readonly server: ServerName;
  readonly rounds: RoundResult[] = [];
  failed: string | undefined;
  #running: Server | undefined;

  constructor(server: ServerName) {
    this.server = server;
  }

  start({ persistent }: Scenario, { profileFolder }: Options): Promise<void> {
    return this.#try(async () => {
      this.#running = await startServer(
        this.server,
        persistent ? "defaults" : "none",
        profileFolder,
      );
    });
  }

  run(scenario: Scenario, options: Options, number: number): Promise<void> {
    const { seconds, warmUpSeconds } = options;
    return this.#try(async () => {
      if (this.#running === undefined) return;
      const { port, pid } = this.#running;
      const round = { scenario, port, serverPid: pid, seconds, warmUpSeconds, number };
      this.rounds.push(await runRound(round));
      // What the first thousands of connections needed is not given back: the next ones would seem to cost nothing.
      if (scenario.load.kind === "idle") this.#running = await this.#running.killAndRestart();
    });
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    if (this.failed !== undefined) return;
    try {
      await work();
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      this.failed = [because, this.#running?.said()].join("\n").trim();
    }
  }
}
