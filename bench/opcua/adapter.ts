/** The adapter alone: `adapter.ts ENDPOINT NAMESPACE COUNT FOLDER` says how long it takes until its device is born, the library's loading included. */
import opcua from "@unshub/adapter-opcua";
import { answerLines } from "../modbus/told.ts";

const [endpoint = "", namespace = "2", count = "0", dataDir = ""] = process.argv.slice(2);

function quiet(): void {
  // on purpose
}

const config = opcua.parseConfig({
  endpoint,
  security: "none",
  allowNone: true,
  device: "bench",
  groups: { all: { interval: "1s", sampling: "500ms", queue: 60 } },
  tags: Array.from({ length: Number(count) }, (_, index) => ({
    name: `N${index}`,
    node: `ns=${namespace};s=N${index}`,
    group: "all",
  })),
});
const startedAt = performance.now();
const born = Promise.withResolvers<number>();
const adapter = opcua.create(config, {
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  dataDir,
  now: () => Date.now(),
  isSlow: () => false,
  report: {
    born: () => born.resolve(performance.now() - startedAt),
    changed: quiet,
    samples: quiet,
    died: quiet,
  },
});
await adapter.start();
await answerLines({ readyMs: await born.promise }, () => ({}));
await adapter.stop();
