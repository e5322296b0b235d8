import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CHILLER_REGISTERS } from "../../examples/demo-plant/src/chiller-registers.ts";
import { PAINT_NODES } from "../../examples/demo-plant/src/paint-nodes.ts";
import { PRESS_REGISTERS } from "../../examples/demo-plant/src/press-registers.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");
const YAML = readFileSync(join(EXAMPLES, "demo.yaml"), "utf8");
const README = readFileSync(join(EXAMPLES, "demo-plant/README.md"), "utf8");

interface Row {
  readonly name: string;
  readonly table: string;
  readonly address: number;
  readonly bit?: number;
  readonly length?: number;
  readonly type: string;
  readonly write?: object;
}

/** `hr:10.1`, `hr:130/8` */
function at({ table, address, bit, length }: Row): string {
  const suffix = bit === undefined ? (length === undefined ? "" : `/${length}`) : `.${bit}`;
  return `${table}:${address}${suffix}`;
}

/** The part of the demo's configuration that begins with `from`, up to the next device or adapter. */
function section(from: string): string {
  const start = YAML.indexOf(`- name: ${from}`);
  const end = YAML.indexOf("- name: ", start + 1);
  assert.ok(start > 0, from);
  return YAML.slice(start, end < 0 ? undefined : end);
}

describe("the configuration of the demo", () => {
  for (const [device, rows] of [
    ["press-01", PRESS_REGISTERS],
    ["chiller-01", CHILLER_REGISTERS],
  ] as const) {
    it(`has every register of ${device} as a tag, and no other`, () => {
      const text = section(device);
      for (const row of rows) {
        assert.ok(
          text.includes(`{ name: ${row.name}, at: "${at(row)}", type: ${row.type},`),
          row.name,
        );
        const line = text.split("\n").find((candidate) => candidate.includes(`${row.name},`));
        assert.equal(line?.includes("access: rw"), row.write !== undefined, row.name);
      }
      assert.equal(text.match(/- \{ name: /g)?.length, rows.length);
    });
  }

  it("has every node of the paint cell as a tag, and no other", () => {
    const text = section("paint\n");
    for (const { path } of PAINT_NODES) {
      const name = path.replaceAll(".", "/");
      const node = `nsu=urn:unshub:demo-plant;s=PaintCell.${path}`;
      assert.ok(text.includes(`{ name: ${name}, node: "${node}"`), path);
    }
    assert.equal(text.match(/- \{ name: /g)?.length, PAINT_NODES.length);
  });
});

describe("the README of the demo plant", () => {
  it("shows every register with its address and type", () => {
    for (const row of [...PRESS_REGISTERS, ...CHILLER_REGISTERS]) {
      assert.ok(README.includes(`| ${row.name} | \`${at(row)}\` | ${row.type} |`), row.name);
    }
  });
});
