import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ConfigError } from "@unshub/adapter";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import { problemsIn } from "../../../support/config-problems.ts";
import { parseOnlyLink } from "../../../support/modbus-config.ts";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";

const folder = mkdtempSync(join(tmpdir(), "unshub-tags-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

function entry(device: object): object {
  return {
    link: { host: "10.0.1.20" },
    devices: [{ name: "press", unit: 1, groups: { fast: { interval: "1s" } }, ...device }],
  };
}

function tagsOf(device: object): readonly Tag[] {
  const { devices } = parseOnlyLink(entry(device), { folder });
  return devices[0]?.groups.flatMap(({ tags }) => tags) ?? [];
}

function problemsOf(device: object): readonly string[] {
  return problemsIn(() => parseModbusConfig(entry(device), { folder }));
}

const PUMP = `
template: Pump of the test
byteOrder: CDAB
groups: { slow: { interval: 5s } }
tags:
  - { name: "P\${n}/Speed", at: "hr:100", type: float32, group: slow, description: "Pump \${n}" }
  - { name: State, at: "40011", type: uint16, group: slow }
`;

describe("tags from a table", () => {
  it("join those of the configuration", () => {
    const tagFile = write("a.csv", "name,at,type\nB,hr:2,int16\n");

    const tags = tagsOf({ tagFile, tags: [{ name: "A", at: "hr:1", type: "int16" }] });

    assert.deepEqual(tags.map(({ name }) => name).toSorted(), ["A", "B"]);
  });

  it("may stand in several files", () => {
    const tagFile = [
      write("a.csv", "name,at,type\nA,hr:1,int16\n"),
      write("b.csv", "name,at,type\nB,hr:2,int16\n"),
    ];

    assert.equal(tagsOf({ tagFile }).length, 2);
  });

  it("are refused with file, line and column", () => {
    const tagFile = write(
      "wrong.csv",
      "name,at,type,scale\nA,hr:1,int16,0.1\nB,hr:70000,int16,\nC,hr:3,int16,x\nA,hr:4,int16,\n",
    );

    assert.deepEqual(problemsOf({ tagFile }), [
      'devices[0].tagFile: wrong.csv:4: scale: "x" is not a number with a point, e.g. 0.1',
      'devices[0].tagFile: wrong.csv:3: at: "hr:70000" is address 70000; a table ends at 65535',
      'devices[0].tagFile: wrong.csv:5: name: "A" is also the name of entry 0',
    ]);
  });

  it("says which file is not there", () => {
    assert.match(
      problemsOf({ tagFile: "none.csv", tags: [{ name: "A", at: "hr:1", type: "int16" }] })[0] ??
        "",
      /devices\[0\].tagFile: none.csv: there is no such file/,
    );
  });
});

describe("tags from a template", () => {
  it("come with the habits and groups of the machine", () => {
    const template = { name: write("pump.yaml", PUMP), variables: { n: 3 } };

    const [speed] = tagsOf({ template });

    assert.partialDeepStrictEqual(speed, {
      name: "P3/Speed",
      start: 100,
      byteOrder: "CDAB",
      description: "Pump 3",
    });
  });

  it("can be moved and prefixed, for machines side by side in one PLC", () => {
    const name = write("pump.yaml", PUMP);
    const template = { name, prefix: "Pump3", addressOffset: 50, variables: { n: 3 } };

    assert.deepEqual(
      tagsOf({ template }).map((tag) => [tag.name, tag.start]),
      [
        ["Pump3/P3/Speed", 150],
        ["Pump3/State", 60],
      ],
    );
  });

  it("are changed key by key by tags of the same name", () => {
    const template = { name: write("pump.yaml", PUMP), variables: { n: 3 } };

    const tags = tagsOf({ template, tags: [{ name: "P3/Speed", unit: "rpm", deadband: 5 }] });

    assert.equal(tags.length, 2);
    assert.partialDeepStrictEqual(tags[0], {
      start: 100,
      unit: "rpm",
      publish: { deadband: 5 },
    });
  });

  it("say which variable they miss", () => {
    const template = { name: write("pump.yaml", PUMP), variables: { m: 3 } };

    assert.match(
      problemsOf({ template }).join("\n"),
      /devices\[0\].template: pump.yaml: tags.0: .*asks for the variable "n"; template.variables has m/,
    );
  });

  it("are checked, and a mistake is told with its place in the template", () => {
    const template = write(
      "wrong.yaml",
      "template: x\ntags:\n  - { name: A, at: 'hr:1', type: int16 }\n  - { name: B, at: 'hr:1.2', type: int16 }\n",
    );

    assert.deepEqual(problemsOf({ template }), [
      'devices[0].template: wrong.yaml: tags[1]: at: "hr:1.2" is one bit; only a bool fits, not int16',
    ]);
  });

  it("must be in the library or a file", () => {
    assert.match(
      problemsOf({ template: "no-such-meter" })[0] ?? "",
      /no template "no-such-meter" in the library/,
    );
    assert.match(
      problemsOf({ template: "none.yaml" })[0] ?? "",
      /none.yaml: there is no such file/,
    );
    assert.match(
      problemsOf({ template: write("broken.yaml", "a: [") })[0] ?? "",
      /devices\[0\].template: broken.yaml: /,
    );
  });
});

describe("devices of one template", () => {
  const PLAIN = `
template: Plain machine
groups: { slow: { interval: 5s } }
tags:
  - { name: Speed, at: "hr:100", type: float32, group: slow }
  - { name: Setpoint, at: "hr:102", type: int16, group: slow, access: rw }
`;
  const devices = (own: readonly object[]): object => ({
    link: { host: "10.0.1.20" },
    devices: own.map((device, index) => ({
      name: `m${index}`,
      unit: index + 1,
      template: write("plain.yaml", PLAIN),
      ...device,
    })),
  });
  const tagOf = (own: readonly object[]): readonly (Tag | undefined)[] =>
    parseOnlyLink(devices(own), { folder }).devices.map(({ groups }) => groups[0]?.tags[0]);

  it("share their tags, so that a hundred of them are parsed and kept once", () => {
    const [one, other] = tagOf([{}, {}]);

    assert.equal(one, other);
  });

  it("have tags of their own where their habits differ", () => {
    const [plain, swapped, writable, plainAgain] = tagOf([
      {},
      { byteOrder: "CDAB" },
      { readOnly: false },
      {},
    ]);

    assert.equal(plain, plainAgain);
    assert.deepEqual([plain?.byteOrder, swapped?.byteOrder], ["ABCD", "CDAB"]);
    assert.notEqual(plain, writable);
  });

  it("may change one tag without changing that of the others", () => {
    const changed = { name: "Speed", type: "int32" };
    const [plain, other, again] = tagOf([{}, { tags: [changed] }, {}]);

    assert.deepEqual([plain?.type, other?.type, again?.type], ["float32", "int32", "float32"]);
  });

  it("each say what is wrong, where it stands", () => {
    const wrong = [
      { groups: { slow: { interval: "1ms" } } },
      { groups: { slow: { interval: "1ms" } } },
    ];
    assert.throws(
      () => tagOf(wrong),
      (error) => {
        assert.ok(error instanceof ConfigError);
        const places = error.problems.map(({ path }) => path.slice(0, 2).join("."));
        return places.includes("devices.0") && places.includes("devices.1");
      },
    );
  });
});
