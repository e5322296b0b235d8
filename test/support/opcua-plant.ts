/** The demo plant's paint cell as the OPC UA server of tests, and a configuration that fits. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DemoPlant } from "@unshub/demo-plant";
import { startDemoPlant } from "@unshub/demo-plant";

/** A node of the paint cell, e.g. `paintNode("Zone1.Setpoint")`. */
export function paintNode(path: string): string {
  return `nsu=urn:unshub:demo-plant;s=PaintCell.${path}`;
}

/** A running plant on free ports; gone when disposed. */
export class TestPlant implements AsyncDisposable {
  readonly plant: DemoPlant;
  readonly #pkiDir: string;

  private constructor(plant: DemoPlant, pkiDir: string) {
    this.plant = plant;
    this.#pkiDir = pkiDir;
  }

  static async start(): Promise<TestPlant> {
    const pkiDir = await mkdtemp(join(tmpdir(), "unshub-plant-"));
    const plant = await startDemoPlant({ modbusPort: 0, opcuaPort: 0, seed: 7, pkiDir });
    return new TestPlant(plant, pkiDir);
  }

  /** An adapter's configuration with these tags; fast, so that tests need not wait. */
  config(tags: readonly object[]): Record<string, unknown> {
    return {
      endpoint: `opc.tcp://127.0.0.1:${this.plant.opcuaPort}`,
      security: "none",
      allowNone: true,
      device: "paint-cell",
      readOnly: false,
      offlineGrace: "100ms",
      groups: { fast: { interval: "100ms", sampling: "100ms" } },
      tags: tags.map((tag) => ({ group: "fast", ...tag })),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plant.stop();
    await rm(this.#pkiDir, { recursive: true, force: true });
  }
}
