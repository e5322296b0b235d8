#!/usr/bin/env node
/**
 * The command `unshub`. Plain JavaScript that any Node from 20 on can run: the hub itself is TypeScript and needs the
 * Node that this package pins, so an older Node hands over to that one.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

await import("./first.js");

const OLDEST_MAJOR = 26;
const main = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "main.ts");

if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR) await import(main);
else handOver();

function handOver() {
  const pinned = createRequire(import.meta.url).resolve("node/bin/node");
  const first = new URL("first.js", import.meta.url).href;
  const args = ["--import", first, main, ...process.argv.slice(2)];
  const child = spawn(pinned, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
