/**
 * The demo plant as a process of its own: `process.ts '{"modbusPort":15020,"opcuaPort":14840,"pkiDir":"…"}'`.
 * It says over IPC when it is ready or why it failed, and ends when the parent says stop or is gone. It does not end
 * by Ctrl+C itself: the terminal sends that to both, and the parent first wants to stop its adapters.
 */
import type { PlantReport } from "./messages.ts";
import { isStop } from "./messages.ts";
import type { DemoPlant, DemoPlantOptions } from "./plant.ts";
import { startDemoPlant } from "./plant.ts";

/** Our own parent wrote this; the check only turns a slip of ours into a clear sentence. */
function readOptions(text: string | undefined): DemoPlantOptions {
  const input: unknown = JSON.parse(text ?? "null");
  if (!isOptions(input)) {
    throw new TypeError(`modbusPort, opcuaPort and pkiDir are needed, not ${text}`);
  }
  return input;
}

function isOptions(input: unknown): input is DemoPlantOptions {
  if (typeof input !== "object" || input === null) return false;
  const has = (key: string, type: string): boolean => typeof Reflect.get(input, key) === type;
  const seedFits = !("seed" in input) || has("seed", "number");
  return (
    has("modbusPort", "number") && has("opcuaPort", "number") && has("pkiDir", "string") && seedFits
  );
}

/** Resolves when the parent has the message, or is gone. */
function tellParent(report: PlantReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) return resolve();
    process.send(report, undefined, undefined, () => resolve());
  });
}

async function main(): Promise<void> {
  process.on("SIGINT", () => undefined);
  let plant: DemoPlant | undefined;
  const end = (): void => {
    const stopped = plant?.stop() ?? Promise.resolve();
    stopped.then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("disconnect", end);
  process.on("SIGTERM", end);
  process.on("message", (message) => {
    if (isStop(message)) end();
  });
  try {
    plant = await startDemoPlant(readOptions(process.argv[2]));
    const { modbusPort, opcuaPort } = plant;
    await tellParent({ kind: "ready", modbusPort, opcuaPort });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    await tellParent({ kind: "failed", message });
    process.exit(1);
  }
}

await main();
