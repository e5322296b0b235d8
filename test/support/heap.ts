/** Memory that is really in use: what can be collected is collected first. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

export function collectedHeapBytes(): number {
  if (typeof collect !== "function") throw new TypeError("there is no gc");
  Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}
