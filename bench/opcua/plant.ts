/** The load server, and whoever watches it: the whole hub with a subscriber, or a plain client of the library. */
import { startServer, type Server } from "../broker/servers/start.ts";
import { profiling, type ModbusOptions } from "../modbus/figures.ts";
import { numberIn, Told } from "../modbus/told.ts";
import { Hole } from "./hole.ts";

export type Mode = "None" | "SignAndEncrypt";

const programOf = (name: string): string => new URL(name, import.meta.url).pathname;

/** A server with so many numbers; `everyMs` 0: they stand still. */
export class Load implements AsyncDisposable {
  readonly server: Told;
  readonly hole: Hole;
  readonly count: number;

  private constructor(server: Told, hole: Hole, count: number) {
    this.server = server;
    this.hole = hole;
    this.count = count;
  }

  static async start(count: number, everyMs: number): Promise<Load> {
    const command = [process.execPath, programOf("server.ts"), String(count), String(everyMs)];
    const server = await Told.start(command);
    return new Load(server, await Hole.start(numberIn(server.first, "port")), count);
  }

  get namespace(): number {
    return numberIn(this.server.first, "namespace");
  }

  /** Through the hole where it is troubled, else straight. */
  endpoint(isTroubled = false): string {
    const port = isTroubled ? this.hole.port : numberIn(this.server.first, "port");
    return `opc.tcp://127.0.0.1:${port}`;
  }

  startPlain(mode: Mode, isTroubled = false): Promise<Told> {
    const args = [this.endpoint(isTroubled), this.namespace, this.count, mode].map(String);
    return Told.start([process.execPath, programOf("plain.ts"), ...args]);
  }

  /** `folder`: of its data. */
  startAdapter(options: ModbusOptions, folder: string): Promise<Told> {
    const args = [this.endpoint(), this.namespace, this.count, folder].map(String);
    return Told.start([process.execPath, ...profiling(options), programOf("adapter.ts"), ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hole[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** The hub with one OPC UA adapter, and who reads its MQTT. */
export interface HubSide extends AsyncDisposable {
  readonly hub: Server;
  readonly subscriber: Told;
}

export async function startHub(
  load: Load,
  options: ModbusOptions,
  {
    mode = "None",
    isTroubled = false,
  }: { readonly mode?: Mode; readonly isTroubled?: boolean } = {},
): Promise<HubSide> {
  const stack = new AsyncDisposableStack();
  try {
    const entry = { name: "bench", protocol: "opcua", group: "Bench", edgeNode: "bench" };
    const adapter = { ...entry, ...adapterOf(load, load.endpoint(isTroubled), mode) };
    const hub = await startServer("hub", "none", options.profileFolder, () => ({
      config: `adapters: ${JSON.stringify([adapter])}\n`,
      files: new Map(),
    }));
    stack.defer(() => hub.stop());
    const command = [process.execPath, programOf("subscriber.ts"), String(hub.port)];
    const subscriber = stack.use(await Told.start(command));
    await subscriber.ask(`born ${load.count}`);
    return { hub, subscriber, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
}

/** The same subscription as the plain client's. */
function adapterOf({ namespace, count }: Load, endpoint: string, mode: Mode): object {
  const secure = {
    security: { policy: "Basic256Sha256", mode },
    trustOnFirstUse: true,
    waive: ["hostName"],
  };
  const names = Array.from({ length: count }, (_, index) => `N${index}`);
  return {
    endpoint,
    ...(mode === "None" ? { security: "none", allowNone: true } : secure),
    device: "load",
    groups: { all: { interval: "1s", sampling: "500ms", queue: 60 } },
    tags: names.map((name) => ({ name, node: `ns=${namespace};s=${name}`, group: "all" })),
  };
}
