/** What the page of adapters makes of the hub's answers: states, addresses, requests, registers, nodes of a server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deviceWeight,
  fittingAdapters,
  parseAdapters,
  type Adapter,
} from "../../uns-browser/lib/adapters.ts";
import {
  adaptersSearch,
  ALL_ADAPTERS,
  deviceHref,
  readAdaptersAddress,
} from "../../uns-browser/lib/adapters-address.ts";
import { addNodeTags, addRegisterTag } from "../../uns-browser/lib/new-tags.ts";
import { createOpcuaTree, placeOfLine, tagsFor } from "../../uns-browser/lib/opcua-tree.ts";
import {
  displayedNumber,
  ofTypeFirst,
  parseRegisters,
  questionIn,
  registerRows,
  tagFor,
} from "../../uns-browser/lib/registers.ts";
import { createSignal } from "../../uns-browser/lib/signal.ts";
import { NO_DRAFT, withTag } from "../../uns-browser/lib/tag-draft.ts";
import { parseTagKeys } from "../../uns-browser/lib/tags.ts";
import { parseWork, workFigures } from "../../uns-browser/lib/work.ts";
import { answering, silent, type Said } from "./fake-answers.ts";

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

const since = "2026-11-26T05:00:00.000Z";
const device = (deviceId: string, more: object = {}) => ({
  deviceId,
  link: "l",
  state: "online",
  since,
  address: "10.0.0.1:502 unit 1",
  tags: 5,
  badTags: 0,
  ...more,
});
const adapter = (name: string, devices: readonly object[], more: object = {}) => ({
  name,
  protocol: "modbus",
  groupId: "P",
  edgeNodeId: `gw-${name}`,
  status: "running",
  since,
  restarts: 0,
  links: [{ name: "l", state: "up", since, address: "10.0.0.1:502", counters: { crc_errors: 2 } }],
  devices,
  ...more,
});

function parsed(...adapters: readonly unknown[]): readonly Adapter[] {
  return parseAdapters({ adapters, now: 7 })?.adapters ?? [];
}

describe("adapters", () => {
  it("are read with their links and devices; what is not as expected is left out", () => {
    const [press] = parsed(
      adapter("press", [device("d1", { rttP50Ms: 3 }), { deviceId: 7 }]),
      "nonsense",
    );

    assert.partialDeepStrictEqual(press, {
      name: "press",
      edgeNode: "gw-press",
      since: Date.UTC(2026, 10, 26, 5),
      links: [{ state: "up", lastError: null, counters: [["crc_errors", 2]] }],
      devices: [{ id: "d1", usualMs: 3, slowMs: null, requestsPerSecond: 0 }],
    });
    assert.equal(press?.devices.length, 1);
    assert.deepEqual(parsed(adapter("x", [], { status: "dancing" })), []);
    assert.equal(parseAdapters({ adapters: 7 }), null);
  });

  it("have what was asked of a server beside what it granted", () => {
    const terms = [
      { name: "sampling_interval_ms", asked: 50, granted: 1000 },
      { name: "keep_alive_ms", asked: 5000, granted: 5000 },
      { name: "keep_alive_count", asked: 50, granted: 5 },
      { name: "queue_size", asked: 10 },
      { name: "of another kind", asked: 1, granted: 2 },
    ];
    const agreements = [
      { name: "group fast", values: 3, terms, faults: ["too slow", 7] },
      "nonsense",
    ];
    const links = [{ name: "l", state: "up", since, address: "a", counters: {}, agreements }];

    const [press] = parsed(adapter("press", [], { links }));

    assert.deepEqual(press?.links[0]?.agreements, [
      {
        name: "group fast",
        values: 3,
        terms: new Map([
          ["sampling", { asked: 50, granted: 1000 }],
          ["keepAlive", { asked: 5000, granted: 5000 }],
        ]),
        counts: new Map([["keepAlive", { asked: 50, granted: 5 }]]),
        faults: ["too slow"],
      },
    ]);
  });

  it("are in trouble where a device is, or has bad tags", () => {
    const all = parsed(
      adapter("press", [device("d1"), device("d2", { badTags: 1 })]),
      adapter("weld", [device("d3", { state: "offline", lastError: "no route" })]),
      adapter("calm", [device("d4")]),
    );
    const names = (text: string, onlyTrouble: boolean) =>
      fittingAdapters(all, { text, onlyTrouble }).map(({ name, devices }) => [
        name,
        ...devices.map(({ id }) => id),
      ]);

    assert.deepEqual(
      all.flatMap(({ devices }) => devices.map(deviceWeight)),
      ["good", "stale", "bad", "good"],
    );
    assert.deepEqual(names("", true), [
      ["press", "d2"],
      ["weld", "d3"],
    ]);
    assert.deepEqual(names("NO ROUTE", false), [["weld", "d3"]]);
    assert.deepEqual(names("gw-calm", false), [["calm", "d4"]]);
  });

  it("have an address that comes back, whatever their names are", () => {
    for (const name of ["press", "a b", "ä/?&=#%", "新"]) {
      const address = {
        adapter: name,
        device: `${name}2`,
        tab: "browse",
        filter: "x y",
        onlyTrouble: true,
      } as const;
      assert.deepEqual(readAdaptersAddress(adaptersSearch(address, "?other=1")), address);
    }
    assert.match(adaptersSearch(ALL_ADAPTERS, "?other=1&id=x&only=trouble"), /^\?other=1$/);
    assert.equal(deviceHref("press", "d 1"), "/adapters/?id=press&device=d%201");
    assert.equal(readAdaptersAddress("?tab=nonsense").tab, "tags");
  });
});

function work(requests: number, perSecond: number, busLoad?: number) {
  return parseWork({
    links: [
      {
        name: "l",
        address: "x",
        requestsPerSecond: perSecond,
        ...(busLoad !== undefined && { busLoad }),
        devices: [
          {
            deviceId: "d",
            tags: 9,
            requests: Array.from({ length: requests }, () => ({
              what: "FC3",
              group: "f",
              tags: 1,
            })),
          },
        ],
      },
    ],
    warnings: ["w"],
    problems: [],
  });
}

describe("what an adapter asks", () => {
  it("is compared before and after; a line that nobody knows is not told", () => {
    assert.deepEqual(workFigures(work(2, 10), work(3, 15)), [
      { key: "tags", before: 9, after: 9 },
      { key: "requests", before: 2, after: 3 },
      { key: "perSecond", before: 10, after: 15 },
    ]);
    assert.deepEqual(workFigures(work(2, 10, 0.4), work(2, 10, 1.2)).at(-1), {
      key: "busLoad",
      before: 0.4,
      after: 1.2,
    });
    assert.deepEqual(workFigures(null, null), []);
    assert.equal(parseWork({}), null);
  });
});

describe("registers", () => {
  it("are shown in each way that fits into them", () => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, 23.5);
    const rows = registerRows(10, [view.getUint16(0), view.getUint16(2), 0xfffe, 0x4142]);

    assert.partialDeepStrictEqual(rows, [
      { address: 10, hex: "41BC", float: 23.5 },
      { address: 11, hex: "0000" },
      { address: 12, unsigned: 65_534, signed: -2, bits: "1111 1111 1111 1110", text: ".." },
      { address: 13, text: "AB", long: null, float: null },
    ]);
  });

  it("are asked for only where there are some", () => {
    assert.deepEqual(questionIn("hr", "0x1F", "125"), { table: "hr", start: 31, count: 125 });
    assert.deepEqual(questionIn("hr", "65535", "9"), { table: "hr", start: 65_535, count: 1 });
    for (const [start, count] of [
      ["65536", "1"],
      ["-1", "1"],
      ["0", "0"],
      ["0", "126"],
      ["", "1"],
    ])
      assert.equal(questionIn("ir", start ?? "", count ?? ""), null);
    assert.equal(displayedNumber("23,5"), 23.5);
    assert.equal(displayedNumber("-0.5"), -0.5);
    for (const text of ["", "x", "1,2,3"]) assert.equal(displayedNumber(text), null);
  });

  it("become a tag in the way in which they were found", () => {
    const [reading] =
      parseRegisters({
        words: [235],
        readings: [
          { at: "hr:12", type: "float32", byteOrder: "BADC", registers: 2, value: 235, scale: 0.1 },
        ],
      })?.readings ?? [];

    assert.deepEqual(reading && tagFor(reading, "fast"), {
      name: "Register hr 12",
      at: "hr:12",
      type: "float32",
      group: "fast",
      byteOrder: "BADC",
      scale: 0.1,
    });
    assert.equal(parseRegisters({}), null);
  });

  it("are told first in the type of the tag, in each byte order", () => {
    const rest = { at: "hr:6", registers: 2, value: "1", reason: null, scale: null };
    const all = ["int16", "float32", "int32"].flatMap((type) =>
      ["ABCD", "BADC"].map((byteOrder) => ({ ...rest, type, byteOrder })),
    );

    const told = ofTypeFirst(all, "float32").map(({ type, byteOrder }) => `${type} ${byteOrder}`);

    assert.deepEqual(told.slice(0, 3), ["float32 ABCD", "float32 BADC", "int16 ABCD"]);
  });

  it("of one register keep an order in which its bytes are swapped: another value would be read", () => {
    const one = { at: "hr:1", type: "int16", registers: 1, scale: null };

    assert.equal(tagFor({ ...one, byteOrder: "BADC" }, undefined)["byteOrder"], "BADC");
    assert.equal(tagFor({ ...one, byteOrder: "ABCD" }, undefined)["byteOrder"], undefined);
  });
});

const object = { node: "ns=1;s=Lab", name: "Lab", kind: "object", mayHaveChildren: true };
const variable = {
  node: "ns=1;s=P",
  name: "Press/ure",
  kind: "variable",
  mayHaveChildren: false,
  type: "Double",
  value: 2,
  tag: { name: "P", node: "ns=1;s=P", access: "r" },
};

describe("the tree of a server", () => {
  it("is asked for level by level, once", async () => {
    const said: Said[] = [];
    const send = answering(said, [
      { status: 200, body: { nodes: [object], problems: [] } },
      { status: 200, body: { nodes: [variable], problems: ["there are more"] } },
    ]);
    const tree = createOpcuaTree(send, "cell");
    await settled();
    const [lab] = tree.lines.get();
    const key = lab?.key ?? "";
    tree.toggle(key);
    await settled();
    const open = tree.lines.get();
    tree.toggle(key);
    const folded = tree.lines.get().length;
    tree.toggle(key);
    await settled();

    assert.deepEqual(
      said.map(({ body }) => body),
      [{ parent: "/Objects" }, { parent: "ns=1;s=Lab" }],
    );
    assert.deepEqual(
      open.map((line) => [line.kind, line.level]),
      [
        ["node", 1],
        ["node", 2],
        ["note", 2],
      ],
    );
    assert.equal(folded, 1);
    assert.equal(tree.lines.get().length, 3);
  });

  it("says in its place why a level is not there, and asks again when somebody wants it", async () => {
    const tree = createOpcuaTree(silent, "cell");
    await settled();

    assert.partialDeepStrictEqual(tree.lines.get(), [{ kind: "note", note: "failed", parent: "" }]);
    tree.retry("");
    assert.partialDeepStrictEqual(tree.lines.get(), [{ note: "asking" }]);
    await settled();
    assert.partialDeepStrictEqual(tree.lines.get(), [{ note: "failed" }]);
  });

  it("knows a line again when others come above it; what is folded away is at its branch", async () => {
    const send = answering(
      [],
      [
        { status: 200, body: { nodes: [object, { ...object, node: "n2", name: "Second" }] } },
        { status: 200, body: { nodes: [variable] } },
      ],
    );
    const tree = createOpcuaTree(send, "cell");
    await settled();
    const [lab, second] = tree.lines.get().map(({ key }) => key);
    assert.equal(placeOfLine(tree.lines.get(), second ?? ""), 1);
    tree.toggle(lab ?? "");
    await settled();
    const open = tree.lines.get();
    const below = open[1]?.key ?? "";

    assert.deepEqual([placeOfLine(open, second ?? ""), placeOfLine(open, below)], [2, 1]);
    tree.toggle(lab ?? "");
    assert.equal(placeOfLine(tree.lines.get(), below), 0);
    assert.equal(placeOfLine([], below), 0);
  });

  it("gives tags by their ways, none twice", () => {
    const { tag } = variable;
    const ticked = [
      { names: ["Lab", variable.name], tag },
      { names: ["Lab", "Press_ure"], tag },
    ];

    assert.deepEqual(
      tagsFor(ticked, new Set(), "slow").map(({ name, group }) => [name, group]),
      [
        ["Lab/Press_ure", "slow"],
        ["Lab/Press_ure 2", "slow"],
      ],
    );
  });
});

const KEYS = {
  status: 200,
  body: { keys: [], devices: [{ device: "d", groups: ["fast"], tags: 2 }] },
};
const written = (total: number, ...names: readonly string[]) => ({
  status: 200,
  body: { total, tags: names.map((name) => ({ name, from: "entry", fields: { name } })) },
});
const reading = {
  at: "hr:12",
  type: "int16",
  byteOrder: "",
  registers: 1,
  value: "7",
  reason: null,
  scale: null,
};

function emptyPlace() {
  const draft = createSignal(withTag(NO_DRAFT, null, { name: "Register hr 12 2" }));
  const names = (): readonly unknown[] =>
    [...draft.get().puts.values()].map(({ fields }) => fields["name"]);
  return { place: { adapter: "a", device: "d", draft }, names };
}

describe("new tags", () => {
  it("take the name of no tag that is written or wanted, on whichever page of the hub's list", async () => {
    const { place, names } = emptyPlace();
    const said: Said[] = [];
    const pages = [written(5001, "Register hr 12"), written(5001, "Register hr 12 3", "Lab/P")];

    const problem = await addRegisterTag(answering(said, [KEYS, ...pages]), place, reading);
    const ticked = [{ names: ["Lab", "P"], tag: {} }];
    const count = await addNodeTags(answering(said, pages), place, ticked);

    assert.deepEqual([problem, count], [null, 1]);
    assert.deepEqual(names(), ["Register hr 12 2", "Register hr 12 4", "Lab/P 2"]);
    assert.equal([...place.draft.get().puts.values()][1]?.fields["group"], "fast");
    assert.deepEqual(
      said.map(({ url }) => new URL(url, "http://hub").searchParams.get("from")),
      [null, "0", "5000", "0", "5000"],
    );
  });

  it("are not made when the hub does not say which groups and names there are", async () => {
    const { place, names } = emptyPlace();
    const nodes = [{ names: ["P"], tag: {} }];
    const problems = [
      await addRegisterTag(silent, place, reading),
      await addRegisterTag(answering([], [KEYS, 502]), place, reading),
      await addRegisterTag(answering([], [{ status: 200, body: 7 }]), place, reading),
      await addNodeTags(silent, place, nodes),
      await addNodeTags(answering([], [{ status: 409, body: { detail: "no" } }]), place, nodes),
    ];

    for (const problem of problems) assert.equal(typeof problem, "string");
    assert.equal(problems.at(-1), "No.");
    assert.deepEqual(names(), ["Register hr 12 2"]);
  });
});

describe("the keys of a tag", () => {
  it("are as the hub tells them; an unknown kind is not edited here", () => {
    const keys = parseTagKeys({
      protocol: "modbus",
      keys: [
        { name: "type", kind: "choice", choices: ["int16", 7], isRequired: true },
        { name: "x", kind: "new" },
      ],
      devices: [{ device: "d", groups: ["fast"], tags: 3 }],
      fixed: "the demo",
    });

    assert.partialDeepStrictEqual(keys, {
      keys: [{ name: "type", choices: ["int16"], isRequired: true }, { kind: "other" }],
      devices: [{ device: "d", groups: ["fast"] }],
      fixed: "the demo",
    });
    assert.equal(parseTagKeys(null), null);
  });
});
