/**
 * The simulated plant of `--demo`: the PLCs that the configuration's adapters expect, as real servers on loopback in a
 * process of their own.
 */
import { join } from "node:path";
import { forkDemoPlant } from "@unshub/demo-plant";
import { z } from "zod";
import type { HubConfig } from "../config/index.ts";
import { CommandFailure, UsageError } from "./arguments.ts";

export interface Demo {
  /** What runs where, for the console. */
  readonly description: string;
  stop(): Promise<void>;
}

const modbusEntry = z.object({ link: z.object({ port: z.number() }) });
const opcuaEntry = z.object({ endpoint: z.url() });

/**
 * Resolves when its PLCs answer.
 * @throws {UsageError} when the configuration has no adapters that the plant could serve.
 * @throws {CommandFailure} when the plant cannot start, e.g. because a port is in use.
 */
export async function startDemo(config: HubConfig): Promise<Demo> {
  const { modbusPort, opcuaPort } = portsOf(config);
  const pkiDir = join(config.hub.dataDir, "demo-plant");
  try {
    const plant = await forkDemoPlant({ modbusPort, opcuaPort, pkiDir });
    const description = `simulated: Modbus TCP 127.0.0.1:${modbusPort}, OPC UA 127.0.0.1:${opcuaPort}`;
    return { description, stop: () => plant.stop() };
  } catch (cause) {
    throw new CommandFailure(cause instanceof Error ? cause.message : String(cause), { cause });
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
