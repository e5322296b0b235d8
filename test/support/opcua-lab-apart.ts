/** A lab server in a process of its own, so that its work is not done at the cost of the adapter's. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

export interface LabApart extends AsyncDisposable {
  readonly port: number;
}

/** With `count` numbers, `N0`, `N1` …, all of which change every `everyMs`. */
export async function startLabApart(count: number, everyMs: number): Promise<LabApart> {
  const script = resolve(import.meta.dirname, "opcua-lab-process.ts");
  const child = fork(script, [0, count, everyMs].map(String));
  const [told]: unknown[] = await once(child, "message");
  const port: unknown = Reflect.get(Object(told), "port");
  if (typeof port !== "number") throw new TypeError("the lab did not say its port");
  return {
    port,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
