/** Forms out of schemas: the real ones of the adapters, what is filled in, and what is written of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KEPT_SECRET as KEPT_BY_THE_HUB } from "@unshub/adapter";
import modbus from "@unshub/adapter-modbus";
import opcua from "@unshub/adapter-opcua";
import { entryBody, parseKinds, startingEntry } from "../../uns-browser/lib/adapter-kinds.ts";
import {
  filledAt,
  renamedEntry,
  withFilled,
  writtenEntry,
} from "../../uns-browser/lib/filled-form.ts";
import { faultsAside, nameFaults, nameOfKey, placeOf } from "../../uns-browser/lib/form-places.ts";
import { createTranslate } from "../../uns-browser/lib/hub-words.ts";
import { HUB_WORDS } from "../../uns-browser/lib/hub-zh/index.ts";
import {
  CHOSEN,
  KEPT_SECRET,
  partsOf,
  type FilledMap,
  type FormField,
  type FormPart,
} from "../../uns-browser/lib/schema-form.ts";

const kindOf = (module: { readonly protocol: string; readonly entrySchema?: object }) => {
  const json: unknown = JSON.parse(
    JSON.stringify({ kinds: [{ protocol: module.protocol, schema: module.entrySchema }] }),
  );
  const kind = parseKinds(json)?.kinds[0];
  assert.ok(kind !== undefined);
  return kind;
};
const MODBUS = kindOf(modbus);
const OPCUA = kindOf(opcua);

function fieldsIn(parts: readonly FormPart[]): readonly FormField[] {
  return parts.flatMap((part) => {
    switch (part.kind) {
      case "field":
        return [part.field];
      case "oneOf":
        return [part.field, ...fieldsIn(part.parts)];
      case "group":
        return fieldsIn(part.parts);
      case "many":
        return part.entries.flatMap((entry) => fieldsIn(entry.parts));
    }
  });
}

const fieldOf = (schema: object, filled: FilledMap, path: string): FormField | undefined =>
  fieldsIn(partsOf({ ...schema }, filled)).find((field) => field.path.join(".") === path);

const filledWith = (start: FilledMap, values: Readonly<Record<string, string>>): FilledMap =>
  Object.entries(values).reduce(
    (filled, [path, text]) => withFilled(filled, path.split("."), text),
    start,
  );

describe("a form of a Modbus adapter", () => {
  it("asks for the keys of the framing that is chosen", () => {
    const tcp = startingEntry(MODBUS);
    const rtu = filledWith(tcp, { "link.framing": "rtu" });
    const has = (filled: FilledMap, path: string): boolean =>
      fieldOf(MODBUS.schema, filled, path) !== undefined;

    assert.deepEqual(fieldOf(MODBUS.schema, tcp, "link.framing")?.choices, [
      "tcp",
      "tls",
      "rtuOverTcp",
      "rtu",
    ]);
    assert.ok(has(tcp, "link.host") && !has(tcp, "link.baud"));
    assert.ok(has(rtu, "link.baud") && !has(rtu, "link.host"));
    assert.equal(fieldOf(MODBUS.schema, rtu, "link.port")?.kind, "text");
    assert.equal(fieldOf(MODBUS.schema, tcp, "link.port")?.usual, "502");
    assert.equal(fieldOf(MODBUS.schema, tcp, "devices.0.unit")?.isRequired, true);
  });

  it("writes an entry that the adapter takes: numbers are numbers, what is empty is left out", () => {
    const filled = filledWith(startingEntry(MODBUS), {
      name: "press",
      group: "Plant1",
      edgeNode: "gw-press",
      "link.host": " 10.0.4.21 ",
      "link.maxInFlight": "4",
      "link.unitWildcard": "0, 255",
      "devices.0.name": "press-01",
      "devices.0.addressBase": "1",
      "devices.0.readOnly": "true",
      "devices.0.tags.0.name": "Pressure",
      "devices.0.tags.0.at": "hr:1",
      "devices.0.tags.0.scale": "0.1",
      "devices.0.tags.0.type": "int16",
    });
    const { add } = entryBody(MODBUS, filled);
    const written = writtenEntry(MODBUS.schema, filled);

    assert.deepEqual(add, {
      name: "press",
      protocol: "modbus",
      group: "Plant1",
      edgeNode: "gw-press",
      link: {
        framing: "tcp",
        host: "10.0.4.21",
        maxInFlight: 4,
        unitWildcard: [0, 255],
      },
      devices: [
        {
          name: "press-01",
          unit: 1,
          addressBase: 1,
          readOnly: true,
          groups: { normal: { interval: "1s" } },
          tags: [{ name: "Pressure", at: "hr:1", type: "int16", scale: 0.1 }],
        },
      ],
    });
    modbus.parseConfig(written, { folder: "." });
  });

  it("keeps what cannot be read as it is typed, for the hub to say what is wrong", () => {
    const filled = filledWith(startingEntry(MODBUS), { "link.port": "many" });

    assert.partialDeepStrictEqual(writtenEntry(MODBUS.schema, filled), { link: { port: "many" } });
  });
});

describe("a form of an OPC UA adapter", () => {
  it("asks for name and password where that is how the hub signs in, and writes what the adapter takes", () => {
    const start = filledWith(startingEntry(OPCUA), {
      endpoint: "opc.tcp://10.0.1.50:4840",
      device: "line",
      "tags.0.name": "Level",
      "tags.0.node": "ns=2;s=Level",
    });
    const identity = fieldOf(OPCUA.schema, start, `identity.${CHOSEN}`);
    const filled = filledWith(start, {
      [`identity.${CHOSEN}`]: "user + password",
      "identity.user": "hub",
      "identity.password": "${env:SECRET}",
      [`security.${CHOSEN}`]: "auto",
    });
    const written = writtenEntry(OPCUA.schema, filled);

    assert.deepEqual(identity?.choices, ["anonymous", "user + password", "certificate + key"]);
    assert.equal(fieldOf(OPCUA.schema, start, "identity.user"), undefined);
    assert.deepEqual(written, {
      endpoint: "opc.tcp://10.0.1.50:4840",
      device: "line",
      security: "auto",
      identity: { user: "hub", password: "${env:SECRET}" },
      groups: { normal: { interval: "1s" } },
      tags: [{ name: "Level", node: "ns=2;s=Level" }],
    });
    opcua.parseConfig(written, { folder: "." });
  });
});

describe("what is filled in", () => {
  it("is changed at its place, and rows keep theirs", () => {
    const filled = { a: { x: { v: "1" }, y: { v: "2" } }, b: "3" };

    assert.deepEqual(Object.keys(renamedEntry(filled, ["a"], ["x", "z"])["a"] ?? {}), ["z", "y"]);
    assert.deepEqual(withFilled(filled, ["a", "x"], undefined), { a: { y: { v: "2" } }, b: "3" });
    assert.equal(filledAt(filled, ["a", "y", "v"]), "2");
    assert.equal(filledAt(filled, ["a", "y", "v", "w"]), "");
  });
});

describe("a name in a map", () => {
  const GROUPS = ["devices", "0", "groups"];
  const start = withFilled(startingEntry(MODBUS), [...GROUPS, "group2"], { interval: "5s" });
  const keysIn = (filled: FilledMap): readonly string[] => {
    const part = manyAt(partsOf(MODBUS.schema, filled), GROUPS.join("."));
    return part?.entries.map(({ key }) => key) ?? [];
  };
  /** Letter by letter into the second entry. */
  const typed = (name: string): FilledMap =>
    Array.from(name, (_, at) => name.slice(0, at + 1)).reduce(
      (filled, text) => renamedEntry(filled, GROUPS, [keysIn(filled)[1] ?? "", text]),
      start,
    );

  it("is typed letter by letter in its place, also a number, and through the name of another", () => {
    for (const name of ["100ms", "42", "normal2", "constructor"]) {
      const groups = { normal: { interval: "1s" }, [name]: { interval: "5s" } };
      assert.partialDeepStrictEqual(writtenEntry(MODBUS.schema, typed(name)), {
        devices: [{ groups }],
      });
      assert.deepEqual(keysIn(typed(name)).map(nameOfKey), ["normal", name]);
      assert.deepEqual(nameFaults(partsOf(MODBUS.schema, typed(name))), []);
    }
  });

  it("that is there twice, or is none, is told before the hub is asked, and nothing is lost", () => {
    const faults = [typed("normal"), renamedEntry(start, GROUPS, ["group2", ""])].flatMap(
      (filled) => nameFaults(partsOf(MODBUS.schema, filled)),
    );

    assert.equal(keysIn(typed("normal")).length, 2);
    assert.deepEqual(
      faults.map(({ field, message }) => `${field}: ${message}`),
      ['devices.0.groups.normal: "normal" stands there twice', "devices.0.groups.: is missing"],
    );
  });
});

describe("a fault of an entry", () => {
  it("is told aside where no field of the form tells it", () => {
    const parts = partsOf(OPCUA.schema, startingEntry(OPCUA));
    const faults = ["name", "endpoint", "identity", "groups.normal", "tags", "tags.0", "x", null];
    const aside = faultsAside(
      faults.map((field) => ({ field, message: "no", tag: null, line: null, column: null })),
      parts,
      ["name"],
    );

    assert.deepEqual(
      aside.map(({ field }) => field),
      ["tags.0", "x", null],
    );
  });

  it("knows a password, which is typed unseen, by the mark that the hub keeps it by", () => {
    const filled = { identity: { [CHOSEN]: "user + password" } };

    assert.equal(fieldOf(OPCUA.schema, filled, "identity.password")?.isSecret, true);
    assert.equal(fieldOf(OPCUA.schema, filled, "identity.user")?.isSecret, false);
    assert.equal(KEPT_SECRET, KEPT_BY_THE_HUB);
  });
});

function manyAt(
  parts: readonly FormPart[],
  place: string,
): Extract<FormPart, { kind: "many" }> | undefined {
  for (const part of parts) {
    if (part.kind === "field") continue;
    if (part.kind === "many" && placeOf(part.path) === place) return part;
    const inner = part.kind === "many" ? part.entries.flatMap((each) => each.parts) : part.parts;
    const found = manyAt(inner, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("what the keys of an entry mean", () => {
  it("is said in Chinese, too", () => {
    const inChinese = createTranslate(HUB_WORDS);
    const abouts = [MODBUS, OPCUA].flatMap(({ schema }) => aboutsIn(schema));

    assert.ok(abouts.length > 60);
    assert.deepEqual(
      abouts.filter((about) => inChinese(about) === about),
      [],
    );
  });
});

function aboutsIn(part: unknown): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]: [string, unknown]) =>
    key === "description" && typeof value === "string" ? [value] : aboutsIn(value),
  );
}
