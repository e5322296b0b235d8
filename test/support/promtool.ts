/** Prometheus' own opinion of our metrics. */
import { spawnSync } from "node:child_process";

const isInstalled = spawnSync("promtool", ["--version"]).error === undefined;

/** Why its test is skipped here; `false` when it runs. In CI it always runs, and fails without promtool. */
export const SKIP_WITHOUT_PROMTOOL: string | false =
  isInstalled || process.env["CI"] !== undefined
    ? false
    : "No promtool on this machine, so the metrics cannot be checked. Debian: apt-get install prometheus.";

/** What `promtool check metrics` says of this text; empty when all is well. */
export function promtoolCheck(text: string): string {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  return status === 0 ? "" : `${stdout}${stderr}`;
}
