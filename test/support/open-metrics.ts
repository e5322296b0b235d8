/** The opinion of Prometheus' own client for Python, whose reader is the reference of OpenMetrics. */
import { spawnSync } from "node:child_process";
import { DEBIAN_PYTHON } from "./debian-python.ts";

const isInstalled =
  spawnSync(DEBIAN_PYTHON, ["-c", "import prometheus_client.openmetrics.parser"]).status === 0;

/** Why its test is skipped here; `false` when it runs. In CI it always runs. */
export const SKIP_WITHOUT_OPEN_METRICS: string | false =
  isInstalled || process.env["CI"] !== undefined
    ? false
    : "No reader of OpenMetrics for Python. Debian: apt-get install python3-prometheus-client.";

/** Families of a text by their names: type and unit, and the names of their samples. */
const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps({f.name: {"type": f.type, "unit": f.unit, "samples": sorted({s.name for s in f.samples})} for f in families}))
`;

export interface ReadFamily {
  readonly type: string;
  readonly unit: string;
  readonly samples: readonly string[];
}

/** @throws {Error} what is wrong with the text */
export function readOpenMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  const read = spawnSync(DEBIAN_PYTHON, ["-c", READ], { input: text, encoding: "utf8" });
  if (read.status !== 0) throw new Error(read.stderr);
  return new Map(Object.entries(JSON.parse(read.stdout)));
}
