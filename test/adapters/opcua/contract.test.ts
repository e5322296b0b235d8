import opcua from "@unshub/adapter-opcua";
import type { AdapterBench } from "@unshub/adapter/check";
import { checkAdapter } from "@unshub/adapter/check";
import { TestPlant, paintNode } from "../../support/opcua-plant.ts";

checkAdapter(opcua, openBench);

/** One adapter has one server and one device, so the victim has no bystander; see two-adapters.test.ts. */
async function openBench(): Promise<AdapterBench> {
  const server = await TestPlant.start();
  return {
    config: server.config([
      { name: "Zone1/Temperature", node: paintNode("Zone1.Temperature") },
      {
        name: "Zone1/Setpoint",
        node: paintNode("Zone1.Setpoint"),
        access: "rw",
        writeRange: [20, 220],
      },
    ]),
    victim: "paint-cell",
    bystander: "paint-cell",
    writable: { metric: "Zone1/Setpoint", good: 95.5, bad: 400 },
    readOnly: "Zone1/Temperature",
    browse: {},
    kill: () => server.plant.stopOpcua(),
    revive: () => server.plant.startOpcua(),
    close: () => server[Symbol.asyncDispose](),
  };
}
