/**
 * Cases that are data: what a server holds, how it is configured, what a birth must say; or the sentences that refuse
 * a configuration. A folder more under test/fixtures/modbus is a test more. 64-bit values are written `"123n"`.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConfigError, OWN_PREFIXES } from "@unshub/adapter";
import modbus from "@unshub/adapter-modbus";
import type { BornMetric } from "@unshub/sparkplug";
import { ModbusRun } from "../../support/modbus-run.ts";
import { openModbusServer, type ServerMemory } from "../../support/modbus-server.ts";

const CASES = join(import.meta.dirname, "../../fixtures/modbus");

describe("a configured device", () => {
  for (const name of readdirSync(CASES)) {
    const file = (part: string): string => join(CASES, name, part);
    const config = (port: number): object => ({
      link: { host: "127.0.0.1", port },
      ...Object(readJson(file("config.json"))),
    });

    if (existsSync(file("expected-error.txt"))) {
      it(`is refused: ${name}`, () => {
        assert.throws(
          () => modbus.parseConfig(config(502)),
          (error) => {
            assert.ok(error instanceof ConfigError);
            assert.equal(`${error.message}\n`, readFileSync(file("expected-error.txt"), "utf8"));
            return true;
          },
        );
      });
      continue;
    }

    it(`is read: ${name}`, async () => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by hand for this server
      const memory = readJson(file("registers.json")) as ServerMemory;
      await using server = await openModbusServer(memory);
      await using run = await ModbusRun.start(config(server.port));

      await run.until(() => run.count("born", "plc") === 1);

      const [birth] = run.events;
      assert.ok(birth?.kind === "born");
      const metrics = Object.fromEntries(
        birth.metrics.filter(isTag).map((metric) => [metric.name, shown(metric)]),
      );
      assert.deepEqual(metrics, readJson(file("expected.json")));
    });
  }
});

/** Every device has metrics of its own beside its tags. */
function isTag({ name }: BornMetric): boolean {
  return !OWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function shown({ datatype, value, quality, reason }: BornMetric): object {
  assert.equal(quality, reason === undefined ? "good" : "bad");
  const plain = typeof value === "bigint" ? `${value}n` : value;
  return { datatype, value: plain, ...(reason === undefined ? {} : { reason }) };
}
