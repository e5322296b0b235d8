/**
 * A lab server in a process of its own, which can be killed as a power cut does. Arguments: port, and how many numbers it
 * has (`N0`, `N1` …); all of them change every `everyMs`. Sends its port and the index of its namespace, then waits for the end.
 */
import { OpcUaLab } from "./opcua-lab.ts";

const [port = 0, count = 1, everyMs = 0] = process.argv.slice(2).map(Number);
const lab = await OpcUaLab.start({ port });
for (let index = 0; index < count; index += 1) lab.addDouble(`N${index}`, 0);
let value = 0;
if (everyMs > 0) {
  setInterval(() => {
    value += 1;
    for (let index = 0; index < count; index += 1) lab.setDouble(`N${index}`, value);
  }, everyMs);
}
process.on("disconnect", () => process.exit(0));
process.send?.({ port: lab.port, index: lab.namespace.index });
