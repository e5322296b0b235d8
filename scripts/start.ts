/**
 * `npm start`: the hub, with the simulated plant when there is no `unshub.yaml` here. Builds the page first when its
 * sources have changed or this is the first start; the hub runs meanwhile and says so to whoever opens the page.
 */
import { existsSync } from "node:fs";
import { buildPage, pageIsCurrent } from "./build-page.ts";

const given = process.argv.slice(2);
const chosen = given.includes("-c") || given.includes("--config") || given.includes("--demo");
const demo = chosen || existsSync("unshub.yaml") ? [] : ["--demo"];

if (!pageIsCurrent()) {
  buildPage((line) => console.log(line)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
  });
}

process.argv.splice(2, process.argv.length, "start", ...demo, ...given);
await import("../hub/src/main.ts");
