/**
 * What has to happen before anything else is loaded. Plain JavaScript, for any Node that starts us.
 */
import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

/*
 * Maglev, the middle one of V8's compilers, compiles what was called 400 times: hundreds of functions at the start and for the
 * first births, 6 to 9 MB in an idle hub. What every message needs has been called 2000 times in a moment, too, and that
 * costs an idle hub nothing (bench/README.md).
 */
setFlagsFromString("--invocation-count-for-maglev=2000");

/*
 * Keeps what Node makes of our TypeScript, so that only the first start has to make it: later ones take a third of the
 * time and 30 MB less. Beside the packages, where only who installed them writes; where nobody may, nothing is kept.
 * What is loaded before this is not kept.
 */
const folder = fileURLToPath(new URL("../../node_modules/.cache/unshub", import.meta.url));

// Threads and processes that we start find it here; so does the pinned Node that an older one hands over to.
process.env["NODE_COMPILE_CACHE"] ??= folder;
module.enableCompileCache?.(process.env["NODE_COMPILE_CACHE"]);
