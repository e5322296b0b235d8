/**
 * What has to happen before anything else is loaded. Plain JavaScript, for any Node that starts us.
 */
import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

/*
 * V8 without the middle one of its three compilers: 6 to 9 MB less in an idle hub, since it compiles hundreds of functions
 * at the start and for the first births. What is busy comes to the last one all the same; what is not costs a little more CPU
 * time per message (bench/README.md).
 */
setFlagsFromString("--no-maglev");

/*
 * Keeps what Node makes of our TypeScript, so that only the first start has to make it: later ones take a third of the
 * time and 30 MB less. Beside the packages, where only who installed them writes; where nobody may, nothing is kept.
 * What is loaded before this is not kept.
 */
const folder = fileURLToPath(new URL("../../node_modules/.cache/unshub", import.meta.url));

// Threads and processes that we start find it here; so does the pinned Node that an older one hands over to.
process.env["NODE_COMPILE_CACHE"] ??= folder;
module.enableCompileCache?.(process.env["NODE_COMPILE_CACHE"]);
