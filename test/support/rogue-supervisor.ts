/** A broker and a supervisor with adapters that misbehave when asked to, and everything that they published. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import type { TestContext } from "node:test";
import { deviceCommand, type SparkplugMessage } from "@unshub/sparkplug";
import { startBroker, type PublishedMessage } from "../../hub/src/broker/index.ts";
import type { AdapterEntry } from "../../hub/src/config/index.ts";
import { Supervisor } from "../../hub/src/supervisor/index.ts";
import { keepingLog } from "./silent-log.ts";

type Options = ConstructorParameters<typeof Supervisor>[1];

/** The entry of threads with such adapters. */
export const ROGUE_WORKER = new URL("./rogue-adapter-worker.ts", import.meta.url);

/** A broker with supervised rogue adapters, each an edge node `g/<name>`, and everything that was published. */
export async function openRogues(
  t: TestContext,
  names: readonly string[],
  {
    dataDir = tempDir(t),
    input = {},
    awaitedUntil,
  }: { dataDir?: string; input?: object } & Pick<Options, "awaitedUntil"> = {},
) {
  const published: PublishedMessage[] = [];
  let wake: (() => void) | undefined;
  const { log, lines } = keepingLog(() => wake?.());
  const broker = await startBroker({
    id: "test",
    listeners: [],
    log,
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
    watcherOf: () => (message) => {
      published.push({ ...message, payload: Uint8Array.from(message.payload) });
      wake?.();
      return undefined;
    },
  });
  const supervisor = new Supervisor(
    names.map((name) => rogueEntry(name, input)),
    {
      hubId: "test",
      dataDir,
      log,
      now: Date.now,
      connect: () => {
        const [ours, brokers] = duplexPair();
        broker.attach(brokers);
        return ours;
      },
      onReloadAsked: () => log.info({}, "reload asked"),
      workerEntry: ROGUE_WORKER,
      ...(awaitedUntil && { awaitedUntil }),
    },
  );
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await broker.stop();
  };
  t.after(stop);
  supervisor.start();
  const count = (topic: string): number =>
    published.filter((message) => message.topic === topic).length;
  const write = (edgeNodeId: string, value: number): Promise<void> =>
    broker.publish(writeOf(edgeNodeId, value));
  return { supervisor, broker, published, lines, count, until, write, stop };
}

/** A command to metric `n` of the rogue's device. */
function writeOf(edgeNodeId: string, value: number): SparkplugMessage {
  const metric = { groupId: "g", edgeNodeId, deviceId: "d", metric: "n" };
  return deviceCommand({ ...metric, datatype: "Int32", value }, Date.now());
}

/** An entry of the configuration. */
export function rogueEntry(name: string, input: object): AdapterEntry {
  const memoryLimitBytes = 64 * 1024 ** 2;
  return {
    name,
    protocol: "rogue",
    groupId: "g",
    edgeNodeId: name,
    memoryLimitBytes,
    input,
    folder: "/",
    stopped: undefined,
  };
}

/** A folder that goes with the test. */
export function tempDir(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-supervisor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
