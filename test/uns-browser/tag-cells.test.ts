/** A table of tags cell by cell: typing, pasting, filling down, replacing, repeating, and where keys lead. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clearCells,
  copiedText,
  fillDown,
  paste,
  removeTags,
  type ActionWorld,
} from "../../uns-browser/lib/tag-actions.ts";
import { blockIn, blockText } from "../../uns-browser/lib/tag-block.ts";
import { countedOn, withRowChanges } from "../../uns-browser/lib/tag-cells.ts";
import { columnsOf, lockOf, type TagColumn } from "../../uns-browser/lib/tag-columns.ts";
import {
  commandOf,
  cursorAt,
  movedCursor,
  selectionOf,
  type PressedKey,
} from "../../uns-browser/lib/tag-cursor.ts";
import { bodyOf, changes, NO_DRAFT, undone, type Draft } from "../../uns-browser/lib/tag-draft.ts";
import {
  likelyCounted,
  likelyStep,
  repeated,
  repeatFault,
  shiftedAddress,
} from "../../uns-browser/lib/tag-repeat.ts";
import { replacementIn } from "../../uns-browser/lib/tag-replace.ts";
import { fieldsOf } from "../../uns-browser/lib/tag-form.ts";
import { rowAt, type TagRow } from "../../uns-browser/lib/tag-rows.ts";
import { parseTags, type TagKeys } from "../../uns-browser/lib/tags.ts";
import { createSignal } from "../../uns-browser/lib/signal.ts";
import { withTyped } from "../../uns-browser/lib/tag-typing.ts";
import type { SendLike } from "../../uns-browser/lib/hub-request.ts";
import { answering } from "./fake-answers.ts";

const KINDS = {
  name: "text",
  at: "text",
  type: "choice",
  byteOrder: "choice",
  scale: "number",
  unit: "text",
  deadband: "number",
  group: "text",
  validRange: "range",
  members: "other",
} as const;
const KEYS: TagKeys = {
  protocol: "modbus",
  keys: Object.entries(KINDS).map(([name, kind]) => ({
    name,
    kind,
    isRequired: false,
    choices: [],
    about: null,
  })),
  devices: [
    { device: "d", groups: ["fast", "slow"], intervals: new Map([["fast", "100ms"]]), tags: 3 },
  ],
  fixed: null,
};
const COLUMNS = columnsOf(KEYS, "d", "wide");
const MAKING = { keys: KEYS.keys, start: { group: "fast" } };

const written = (name: string, at: string, from = "entry") => ({
  device: "d",
  name,
  path: `P/gw/d/${name}`,
  fields: { name, at, type: "int16", group: "fast", members: [{ name: "x" }] },
  from,
});
const TAGS = [
  written("A 1", "hr:0"),
  written("B", "hr:1"),
  written("C", "hr:2", "table"),
  written("D", "hr:3", "template"),
];

function openTable(tags: readonly object[] = TAGS, shown = tags.length) {
  const page = parseTags({ tags, total: tags.length, now: 7 });
  const state = {
    kind: "ready",
    total: tags.length,
    from: 0,
    tags: page?.tags.slice(0, shown) ?? [],
    isOld: false,
    now: 7,
  } as const;
  const said: string[] = [];
  const draft = createSignal<Draft>(NO_DRAFT);
  const send: SendLike = (url) => {
    said.push(url);
    const from = Number(new URL(url, "http://hub").searchParams.get("from"));
    const body = { tags: tags.slice(from), total: tags.length, now: 7 };
    return Promise.resolve({ ok: true, status: 200, json: () => Promise.resolve(body) });
  };
  const world: ActionWorld = {
    send,
    places: { adapter: "p", device: "d", text: "", notGood: false },
    draft,
    making: MAKING,
    columns: COLUMNS,
    rowAt: (place) => rowAt(state, draft.get(), place),
  };
  const puts = () => {
    const { put, add } = bodyOf("d", draft.get());
    return [...put, ...add];
  };
  return { world, draft, said, puts };
}

/** From one corner to the other, rows and columns. */
const cells = (top: number, left: number, bottom = top, right = left) => ({
  top,
  left,
  bottom,
  right,
});
const rowOf = (world: ActionWorld, place: number): TagRow => {
  const row = world.rowAt(place);
  assert.ok(row !== undefined);
  return row;
};

const column = (name: string): TagColumn => {
  const found = COLUMNS.find((each) => each.name === name);
  assert.ok(found !== undefined);
  return found;
};
const allRows = (): readonly TagRow[] => {
  const { world } = openTable();
  return [0, 1, 2, 3].map((place) => rowOf(world, place));
};
const pressed = (key: string, held: Partial<PressedKey> = {}): PressedKey => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

describe("a cell", () => {
  it("that is typed in changes its key alone, as its kind, and is no change when it is as it was written", () => {
    const { world } = openTable();
    const row = rowOf(world, 0);
    const typed = withTyped(NO_DRAFT, { row, key: "scale", text: "0,5" }, MAKING);
    const back = withTyped(typed, { row, key: "scale", text: " " }, MAKING);

    assert.deepEqual(bodyOf("d", typed).put, [
      { ...TAGS[0]?.fields, scale: 0.5, members: [{ name: "x" }] },
    ]);
    assert.equal(changes(back), 0);
    assert.equal(withTyped(NO_DRAFT, { row, key: "at", text: "hr:0" }, MAKING), NO_DRAFT);
    assert.equal(changes(undone(typed)), 0);
  });

  it("in which a number stands where texts may, and that is typed as it is, stays that number", () => {
    const { fields, ...tag } = written("N", "");
    const { world } = openTable([{ ...tag, fields: { ...fields, at: 400_101 } }]);
    const row = rowOf(world, 0);

    assert.equal(withTyped(NO_DRAFT, { row, key: "at", text: "400101" }, MAKING), NO_DRAFT);
    assert.equal(fieldsOf({ at: "400101" }, KEYS.keys, row.fields)["at"], 400_101);
  });

  it("of a file, of a template's name, of a tag that goes, and what the hub tells cannot be typed in", async () => {
    const { world } = openTable();
    await removeTags(world, cells(1, 0));

    assert.equal(lockOf(rowOf(world, 0), column("place")), null);
    assert.equal(lockOf(rowOf(world, 0), column("value")), "told");
    assert.equal(lockOf(rowOf(world, 1), column("place")), "removed");
    assert.equal(lockOf(rowOf(world, 2), column("place")), "inFile");
    assert.equal(lockOf(rowOf(world, 3), column("name")), "inTemplate");
    assert.equal(lockOf(rowOf(world, 3), column("place")), null);
  });

  it("of a group offers those of the device, and says how often it is read", () => {
    assert.deepEqual(COLUMNS.find(({ name }) => name === "group")?.key?.choices, ["fast", "slow"]);
    assert.equal(column("group").meaning?.("fast"), "100ms");
    assert.equal(column("group").meaning?.("slow"), null);
    assert.deepEqual(
      columnsOf(KEYS, "d", "narrow").map(({ name }) => name),
      ["name", "value", "quality"],
    );
  });
});

describe("what is done to several cells", () => {
  it("pastes a block from the active cell on, makes new tags below, and tells what did not fit", async () => {
    const { world, draft, puts } = openTable(TAGS.slice(0, 2));
    const done = await paste(world, cells(1, 1), `hr:7\tuint16\r\nhr:8\t${"x\t".repeat(15)}\r\n`);

    assert.deepEqual(
      puts().map(({ name, at, type, group }) => [name, at, type, group]),
      [
        ["B", "hr:7", "uint16", "fast"],
        [undefined, "hr:8", "x", "x"],
      ],
    );
    assert.partialDeepStrictEqual(done, { added: 1, locked: 0, beyond: 4 });
    assert.equal(changes(undone(draft.get())), 0); // one step
  });

  it("makes no tags of what is pasted where nobody writes", async () => {
    const { world, draft } = openTable(TAGS.slice(0, 2));
    const value = COLUMNS.indexOf(column("value"));
    const done = await paste(world, cells(1, value), "1\n2\n3\n");

    assert.partialDeepStrictEqual(done, { added: 0, changed: 0 });
    assert.equal(draft.get(), NO_DRAFT);
  });

  it("pastes one cell into all that are selected, and leaves those of files", async () => {
    const { world, puts } = openTable();
    const done = await paste(world, cells(0, 5, 3, 5), "bar");

    assert.deepEqual(
      puts().map(({ name, unit }) => [name, unit]),
      [
        ["A 1", "bar"],
        ["B", "bar"],
        ["D", "bar"],
      ],
    );
    assert.partialDeepStrictEqual(done, { changed: 3, locked: 1 });
  });

  it("fills down, names counted on; of one row what stands above", async () => {
    const { world, puts } = openTable([written("A 9", "hr:0"), written("B", "hr:1")]);
    await fillDown(world, cells(0, 0, 1, 1));
    const two = openTable();
    await fillDown(two.world, cells(1, 1));

    assert.deepEqual(
      puts().map(({ name, at }) => [name, at]),
      [["A 10", "hr:0"]],
    );
    assert.deepEqual(
      two.puts().map(({ name, at }) => [name, at]),
      [["B", "hr:0"]],
    );
    assert.deepEqual(
      ["x-09", "M 1/T2", "none"].map((text) => countedOn(text, 1)),
      ["x-10", "M 1/T3", "none 2"],
    );
  });

  it("empties cells and keeps names; removes tags but those of files and templates", async () => {
    const { world, draft, puts } = openTable();
    await clearCells(world, cells(0, 0, 0, 2));
    const removed = await removeTags(world, cells(1, 0, 3, 0));

    assert.deepEqual(puts(), [{ name: "A 1", group: "fast", members: [{ name: "x" }] }]);
    assert.deepEqual([...draft.get().removed], ["B"]);
    assert.partialDeepStrictEqual(removed, { removed: 1, locked: 2 });
  });

  it("asks the hub for rows that are not on screen, and does nothing when it does not answer", async () => {
    const { world, said, puts } = openTable(TAGS.slice(0, 2), 1);
    await paste(world, cells(0, 5, 1, 5), "bar");
    const away: ActionWorld = { ...openTable(TAGS, 1).world, send: answering([], [502]) };
    const done = await paste(away, cells(0, 5, 1, 5), "bar");

    assert.equal(said.length, 1);
    assert.equal(puts().length, 2);
    assert.equal(typeof done, "string");
    assert.equal(away.draft.get(), NO_DRAFT);
  });

  it("copies what is on screen as a spreadsheet takes it", () => {
    const { world } = openTable();

    assert.equal(copiedText(world, cells(0, 0, 1, 2)), "A 1\thr:0\tint16\nB\thr:1\tint16");
    assert.equal(copiedText(openTable(TAGS, 1).world, cells(0, 0, 1, 0)), null);
  });
});

describe("a block of a spreadsheet", () => {
  it("has cells between tabs, and cells in quotes with anything in them", () => {
    assert.deepEqual(blockIn('a\t"b\tc\nd ""e"""\r\nf\t\n'), [
      ["a", 'b\tc\nd "e"'],
      ["f", ""],
    ]);
    assert.deepEqual(blockIn('5" pipe\t"open'), [['5" pipe', '"open']]);
    assert.deepEqual(blockIn(""), []);
    assert.deepEqual(blockIn("\t"), [["", ""]]);
    const block = [
      ["a\tb", 'c"d'],
      ["", "e\nf"],
    ];
    assert.deepEqual(blockIn(blockText(block)), block);
  });
});

describe("find and replace", () => {
  const wish = { find: "hr:", by: "ir:", key: null, isCaseKept: false, isWhole: false };

  it("tells each cell before and after, and how many cannot be changed; it is one step", () => {
    const found = replacementIn(allRows(), KEYS.keys, wish);
    const { draft, changed } = withRowChanges(NO_DRAFT, found.changes, MAKING);

    assert.deepEqual(
      found.cells.map(({ tag, key, before, after }) => [tag, key, before, after]),
      [
        ["A 1", "at", "hr:0", "ir:0"],
        ["B", "at", "hr:1", "ir:1"],
        ["D", "at", "hr:3", "ir:3"],
      ],
    );
    assert.deepEqual([found.locked, changed], [1, 3]);
    assert.equal(changes(undone(draft)), 0);
  });

  it("takes what is typed as it is, minds letters and whole cells when asked, and finds nothing of nothing", () => {
    const count = (other: object): number =>
      replacementIn(allRows(), KEYS.keys, { ...wish, ...other }).cells.length;

    assert.equal(count({ find: "." }), 0);
    assert.equal(count({ find: "HR" }), 3);
    assert.equal(count({ find: "HR", isCaseKept: true }), 0);
    assert.equal(count({ find: "hr", isWhole: true }), 0);
    assert.equal(count({ find: "fast", isWhole: true }), 3);
    assert.equal(count({ find: "fast", key: "at" }), 0);
    assert.equal(count({ find: "" }), 0);
    const [cell] = replacementIn(allRows(), KEYS.keys, { ...wish, by: "$&" }).cells;
    assert.equal(cell?.after, "$&0");
  });
});

describe("tags of one machine for many", () => {
  const machine = [
    { name: "Motor 1/Speed", at: "hr:100", type: "float32", description: "of Motor 1" },
    { name: "Motor 1/Current", at: "hr:102", type: "int16" },
  ];

  it("are named and placed for each, past names that are there already", () => {
    const made = repeated(
      machine,
      { counted: "Motor 1", times: 2, addressStep: 10 },
      new Set(["Motor 3/Speed"]),
    );

    assert.deepEqual(
      made.map(({ name, at }) => [name, at]),
      [
        ["Motor 2/Speed", "hr:110"],
        ["Motor 2/Current", "hr:112"],
        ["Motor 3/Speed 2", "hr:120"],
        ["Motor 3/Current", "hr:122"],
      ],
    );
    assert.equal(made[0]?.["description"], "of Motor 2");
    const [node] = repeated(
      [{ name: "M1.T", node: "ns=2;s=M1.T" }],
      { counted: "M1", times: 1, addressStep: 0 },
      new Set(),
    );
    assert.deepEqual(node, { name: "M2.T", node: "ns=2;s=M2.T" });
  });

  it("are understood by what their names have in common, and where they end", () => {
    assert.equal(likelyCounted(machine.map(({ name }) => name)), "Motor 1");
    assert.equal(likelyCounted(["Temp_07"]), "Temp_07");
    assert.equal(likelyCounted(["A", "B"]), "");
    assert.equal(likelyStep(machine), 3);
    assert.deepEqual(
      ["hr:5.3", "400101", "hr:0x0F", "0012", "none"].map((at) => shiftedAddress(at, 2)),
      ["hr:7.3", "400103", "hr:0x11", "0014", "none"],
    );
  });

  it("are told when they cannot be made", () => {
    const wish = { counted: "", times: 1, addressStep: 0 };

    assert.equal(repeatFault(wish, 1), null);
    assert.equal(repeatFault({ ...wish, times: 0 }, 1), "times");
    assert.equal(repeatFault({ ...wish, times: Number.NaN }, 1), "times");
    assert.equal(repeatFault({ ...wish, addressStep: Number.NaN }, 1), "step");
    assert.equal(repeatFault({ ...wish, times: 500 }, 41), "many");
  });
});

describe("keys in a table", () => {
  const size = { rows: 10, columns: 5, pageRows: 4 };

  it("move within it, to its ends, and with Shift the selection", () => {
    const at = cursorAt({ row: 3, column: 2 });
    const to = (key: string, held: Partial<PressedKey> = {}) => {
      const moved = movedCursor(at, pressed(key, held), size);
      return moved && [moved.row, moved.column];
    };

    assert.deepEqual(to("ArrowDown"), [4, 2]);
    assert.deepEqual(to("PageDown"), [7, 2]);
    assert.deepEqual(to("Home"), [3, 0]);
    assert.deepEqual(to("End", { ctrlKey: true }), [9, 4]);
    assert.deepEqual(to("ArrowUp", { metaKey: true }), [0, 2]);
    assert.equal(to("ArrowUp", { altKey: true }), null);
    assert.equal(to("x"), null);
    const longer = movedCursor(at, pressed("ArrowLeft", { shiftKey: true }), size);
    assert.deepEqual(longer && selectionOf(longer), { top: 3, bottom: 3, left: 1, right: 2 });
  });

  it("type, and do what they do in a spreadsheet; keys of the browser stay the browser's", () => {
    assert.deepEqual(commandOf(pressed("ä")), { typed: "ä" });
    assert.equal(commandOf(pressed("F2")), "edit");
    assert.equal(commandOf(pressed("d", { ctrlKey: true })), "fillDown");
    assert.equal(commandOf(pressed("Z", { ctrlKey: true, shiftKey: true })), "redo");
    assert.equal(commandOf(pressed("Delete", { shiftKey: true })), "remove");
    for (const [key, held] of [
      ["c", { ctrlKey: true }],
      ["r", { ctrlKey: true }],
      ["F5", {}],
      ["Tab", {}],
      [" ", {}],
      ["Shift", { shiftKey: true }],
      ["e", { altKey: true }],
    ] as const)
      assert.equal(commandOf(pressed(key, held)), null, key);
  });
});
