/** A broker in a process of its own, so that it can be killed. Run as a program it is that process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BrokerLimits } from "../../hub/src/broker/limits.ts";
import { startBroker } from "../../hub/src/broker/broker.ts";
import { SILENT_LOG } from "./silent-log.ts";

interface Order {
  readonly folder: string;
  readonly durability: "power" | "process";
  readonly limits?: Partial<BrokerLimits>;
}

export interface BrokerProcess {
  readonly port: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export async function startBrokerProcess(order: Order): Promise<BrokerProcess> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), "--serve", JSON.stringify(order)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [line]: unknown[] = await Promise.race([once(lines, "line"), exited]);
  const port = Number(line);
  if (typeof line !== "string" || !(port > 0)) throw new Error("the broker did not start");
  return {
    port,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function sayError(fields: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
}

async function serve({ folder, durability, limits = {} }: Order): Promise<void> {
  const broker = await startBroker({
    id: "killed",
    listeners: [{ kind: "mqtt", host: "127.0.0.1", port: 0 }],
    log: { ...SILENT_LOG, error: sayError },
    limits,
    storage: { folder, durability },
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
  });
  process.stdout.write(`${broker.addresses[0]?.port}\n`);
}

const [, , flag, order] = process.argv;
if (flag === "--serve" && order !== undefined) {
  const given: Order = JSON.parse(order); // from startBrokerProcess
  await serve(given);
}
