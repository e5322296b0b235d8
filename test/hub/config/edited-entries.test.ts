/** Entries of `adapters:` changed in the text of a configuration: whatever is not meant stays as a person has written it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import {
  EditFault,
  withChangedEntry,
  withEditedList,
  withEntry,
  withoutEntry,
  withValue,
} from "../../../hub/src/config/index.ts";

const TEXT = `# The press shop
hub: { id: plant } # one of three

adapters:
  # Line 1, cabinet 4
  - name: press # the big one
    protocol: modbus
    group: Plant1
    edgeNode: gw-press
    # fixed in the firewall, ask Olga
    link:
      framing: tcp
      host: 10.0.4.21 # since the move
      port: 502
      timeout: "500ms"
    devices:
      - name: press-01
        unit: 0x1
        groups: { fast: { interval: 100ms } }
        tags:
          - { name: Speed, at: hr:0, type: int16 } # rpm
          - name: Pressure
            at: hr:1
      # the second one comes in May
      - { name: press-02, unit: 2, tags: [] }

  - name: other
    protocol: modbus

# the end
`;

interface Entry {
  readonly [key: string]: unknown;
  readonly link: Readonly<Record<string, unknown>>;
  readonly devices: readonly Readonly<Record<string, unknown>>[];
}

function entryIn(text: string): Entry {
  const { adapters }: { readonly adapters: readonly Entry[] } = parse(text);
  const [entry] = adapters;
  assert.ok(entry);
  return entry;
}

/** Lines that are not in both. */
function changedLines(before: string, after: string): readonly string[] {
  const [old, young] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !young.includes(line)).map((line) => `-${line}`),
    ...young.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

describe("an entry that is changed", () => {
  it("keeps every line, comment and order but those of the keys that are others", () => {
    const entry = entryIn(TEXT);
    const { timeout: _gone, ...link } = entry.link;
    const next = { ...entry, link: { ...link, host: "10.0.4.22", retries: 2 } };

    const { text, index } = withChangedEntry(TEXT, "press", next);

    assert.equal(index, 0);
    assert.deepEqual(changedLines(TEXT, text), [
      "-      host: 10.0.4.21 # since the move",
      '-      timeout: "500ms"',
      "+      host: 10.0.4.22 # since the move",
      "+      retries: 2",
    ]);
    assert.deepEqual(entryIn(text), next);
  });

  it("that is the same leaves the text as it was", () => {
    const { text } = withChangedEntry(TEXT, "press", entryIn(TEXT));

    assert.equal(text, TEXT);
  });

  it("takes a device out and another in without touching those that stay", () => {
    const entry = entryIn(TEXT);
    const [, second] = entry.devices;
    const devices = [
      { ...second, unit: 7 },
      { name: "press-03", unit: 3 },
    ];

    const { text } = withChangedEntry(TEXT, "press", { ...entry, devices });

    assert.deepEqual(entryIn(text).devices, devices);
    assert.match(
      text,
      /# the second one comes in May\n +- \{ name: press-02, unit: 7, tags: \[\] \}/,
    );
  });

  it("gets another name in its place", () => {
    const { text } = withChangedEntry(TEXT, "press", { ...entryIn(TEXT), name: "press-modbus" });

    assert.deepEqual(changedLines(TEXT, text), [
      "-  - name: press # the big one",
      "+  - name: press-modbus # the big one",
    ]);
  });

  it("does not change what other places are an alias of", () => {
    const shared = `adapters:
  - name: a
    link: &link { host: h, port: 1 }
  - name: b
    link: *link
`;
    const own = withChangedEntry(shared, "b", { name: "b", link: { host: "h", port: 2 } });

    assert.deepEqual(parse(own.text), {
      adapters: [
        { name: "a", link: { host: "h", port: 1 } },
        { name: "b", link: { host: "h", port: 2 } },
      ],
    });
    assert.throws(
      () => withChangedEntry(shared, "a", { name: "a", link: { host: "h", port: 2 } }),
      EditFault,
    );
    assert.throws(() => withChangedEntry(shared, "c", { name: "c" }), /it has no adapter "c"/);
  });
});

describe("a file that was written on Windows", () => {
  const windows = `\uFEFF${TEXT.replaceAll("\n", "\r\n")}`;
  const entry = entryIn(TEXT);
  const edits: readonly (readonly [string, (text: string) => string | undefined])[] = [
    ["a changed entry", (text) => withChangedEntry(text, "press", { ...entry, group: "P" }).text],
    ["a new entry", (text) => withEntry(text, { name: "new" }).text],
    ["an entry less", (text) => withoutEntry(text, "other")],
    ["another value", (text) => withValue(text, ["namespace", "otherTopics"], "reject")],
    [
      "another tag",
      (text) =>
        withEditedList(text, {
          adapter: "press",
          path: ["devices", 0, "tags"],
          replaced: new Map([[0, { name: "Speed", at: "hr:9", type: "int16" }]]),
          removed: new Set(),
          added: [{ name: "New", at: "hr:3" }],
        }),
    ],
  ];
  for (const [what, edit] of edits) {
    it(`keeps its line ends and its mark with ${what}`, () => {
      const edited = edit(windows) ?? "";

      assert.equal(edited.replaceAll("\r\n", "").includes("\n"), false);
      assert.equal(edited.startsWith("\uFEFF#"), true);
      assert.equal(edited.slice(1).replaceAll("\r\n", "\n"), edit(TEXT));
      assert.notEqual(edited, windows);
    });
  }
});
