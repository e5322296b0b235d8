/**
 * The simulated plant of `--demo`: the PLCs that the configuration's adapters expect, as real servers on loopback in a
 * process of their own.
 */
import { join } from "node:path";
import { forkDemoPlant, type ForkedDemoPlant } from "@unshub/demo-plant";
import { z } from "zod";
import { messageOf } from "../caught.ts";
import type { HubConfig } from "../config/index.ts";
import { CommandFailure, UsageError } from "./arguments.ts";

export interface Demo {
  /** What runs where, for the console. */
  readonly description: string;
  /** Resolves when its PLCs answer. @throws {CommandFailure} when it cannot start, e.g. because a port is in use. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, asked or not; rejects as `ready` does. */
  readonly ended: Promise<void>;
  /** Ends the plant. Never rejects. */
  readonly stop: () => Promise<void>;
}

const modbusEntry = z.object({ link: z.object({ port: z.number() }) });
const opcuaEntry = z.object({ endpoint: z.url() });

/**
 * Starts it and returns at once.
 * @throws {UsageError} when the configuration has no adapters that the plant could serve.
 */
export function startDemo(config: HubConfig): Demo {
  const { modbusPort, opcuaPort } = portsOf(config);
  const pkiDir = join(config.hub.dataDir, "demo-plant");
  const starting = new AbortController();
  const plant = forkDemoPlant({ modbusPort, opcuaPort, pkiDir }, starting.signal);
  const ready = readiness(plant);
  const ended = plant.then((started) => started.ended);
  ended.catch(() => undefined); // `ready` has told why
  ready.catch(() => undefined); // when the hub itself cannot start, nobody waits for the plant any more
  return {
    description: `simulated: Modbus TCP 127.0.0.1:${modbusPort}, OPC UA 127.0.0.1:${opcuaPort}`,
    ready,
    ended,
    stop: async () => {
      const started = await Promise.race([plant.catch(() => undefined), nothingYet()]);
      if (started === undefined) starting.abort();
      await started?.stop();
    },
  };
}

/** Settles after what has settled already. */
async function nothingYet(): Promise<undefined> {
  await new Promise((resolve) => setImmediate(resolve));
  return undefined;
}

async function readiness(plant: Promise<ForkedDemoPlant>): Promise<void> {
  try {
    await plant;
  } catch (cause) {
    const why = messageOf(cause);
    const message = `${why}\nTo use other ports, copy examples/demo.yaml, change link.port and endpoint, and start with --demo -c FILE.`;
    throw new CommandFailure(message, { cause });
  }
}

function portsOf({ adapters }: HubConfig): {
  readonly modbusPort: number;
  readonly opcuaPort: number;
} {
  const modbus = modbusEntry.safeParse(
    adapters.find((entry) => entry.protocol === "modbus")?.input,
  );
  const opcua = opcuaEntry.safeParse(adapters.find((entry) => entry.protocol === "opcua")?.input);
  if (!modbus.success || !opcua.success) {
    throw new UsageError(
      "--demo needs a modbus and an opcua adapter in the configuration, as in examples/demo.yaml",
    );
  }
  return {
    modbusPort: modbus.data.link.port,
    opcuaPort: Number(new URL(opcua.data.endpoint).port),
  };
}
