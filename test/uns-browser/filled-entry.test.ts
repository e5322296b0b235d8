/** An entry of the file in the form of its schema, and what a changed form writes: nothing is lost that the form does not show. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import modbus from "@unshub/adapter-modbus";
import opcua from "@unshub/adapter-opcua";
import { changeBody, filledSettings, isSameForm } from "../../uns-browser/lib/adapter-kinds.ts";
import { changedEntry, filledEntry, partsBesideTags } from "../../uns-browser/lib/filled-entry.ts";
import { filledAt, renamedEntry, withFilled } from "../../uns-browser/lib/filled-form.ts";
import { partsOf, type FormPart } from "../../uns-browser/lib/schema-form.ts";

const MODBUS = { ...modbus.entrySchema };
const OPCUA = { ...opcua.entrySchema };
const PRESS = {
  link: { framing: "tcp", host: "10.0.4.21", port: 502, unitWildcard: [0, 255], timeout: "1s" },
  devices: [
    { name: "a", unit: 1, groups: { fast: { interval: "1s" } }, tags: [{ name: "T", at: "hr:0" }] },
    { name: "b", unit: 2, forbidden: [[1, 5]], groups: { "10": {} }, tags: [{ name: "U" }] },
  ],
};
const CELL = {
  endpoint: "opc.tcp://10.0.0.1:4840",
  security: { policy: "Basic256Sha256", mode: "Sign" },
  identity: { user: "hub", password: "${env:CELL}" },
  groups: { fast: { interval: "1s" } },
  tags: [{ name: "T", node: "ns=1;s=T" }],
};

function placesIn(parts: readonly FormPart[]): readonly string[] {
  return parts.flatMap((part) => {
    if (part.kind === "field") return [part.field.path.join(".")];
    const inner = part.kind === "many" ? part.entries.flatMap((entry) => entry.parts) : part.parts;
    return [part.path.join("."), ...placesIn(inner)];
  });
}

describe("an entry in its form", () => {
  for (const [name, schema, entry] of [
    ["modbus", MODBUS, PRESS],
    ["opcua", OPCUA, CELL],
  ] as const) {
    it(`of ${name} that nobody changes is written as it was`, () => {
      assert.deepEqual(changedEntry(schema, entry, filledEntry(schema, entry)), entry);
    });
  }

  it("shows what is written, and leaves tags to their editor; a new device asks for one", () => {
    const filled = withFilled(filledEntry(MODBUS, PRESS), ["devices", "2"], { name: "c" });

    const places = placesIn(partsBesideTags(partsOf(MODBUS, filled), filled));

    assert.equal(filledAt(filled, ["link", "host"]), "10.0.4.21");
    assert.equal(filledAt(filled, ["devices", "1", "unit"]), "2");
    assert.ok(places.includes("devices.0.unit") && places.includes("devices.2.tags"));
    assert.ok(!places.includes("devices.0.tags") && !places.includes("devices.1.tags"));
  });

  it("takes over what is changed, and keeps tags and what no form can show", () => {
    let filled = withFilled(filledEntry(MODBUS, PRESS), ["link", "host"], "10.0.4.22");
    filled = withFilled(filled, ["link", "timeout"], "");
    filled = withFilled(filled, ["devices", "1", "unit"], "7");

    const changed = changedEntry(MODBUS, PRESS, filled);

    assert.deepEqual(changed, {
      link: { framing: "tcp", host: "10.0.4.22", port: 502, unitWildcard: [0, 255] },
      devices: [PRESS.devices[0], { ...PRESS.devices[1], unit: 7 }],
    });
  });

  it("keeps each device with its own tags when one before it goes, and a group that is renamed", () => {
    const filled = filledEntry(MODBUS, PRESS);
    const [, second] = Object.values(filled["devices"] ?? {});
    let next = withFilled(filled, ["devices"], { "0": second ?? "" });
    next = renamedEntry(next, ["devices", "0", "groups"], ["=10", "slow"]);

    assert.deepEqual(changedEntry(MODBUS, PRESS, next)["devices"], [
      { name: "b", unit: 2, forbidden: [[1, 5]], groups: { slow: {} }, tags: [{ name: "U" }] },
    ]);
  });

  it("holds for a newer entry as long as only that is another which the form does not show", () => {
    const kind = { protocol: "modbus", schema: MODBUS };
    const entry = { name: "press", protocol: "modbus", group: "P", edgeNode: "gw", ...PRESS };
    const [first, second] = PRESS.devices;
    const tagged = { ...entry, devices: [{ ...first, tags: [{ name: "new" }] }, second] };
    const moved = { ...entry, edgeNode: "gw-2" };

    assert.ok(isSameForm(kind, entry, tagged));
    assert.ok(!isSameForm(kind, entry, moved));
    const filled = withFilled(filledSettings(kind, entry), ["link", "host"], "10.0.4.22");
    const { change } = changeBody(kind, { entry: tagged, basis: "b" }, filled);
    const link = { ...PRESS.link, host: "10.0.4.22" };
    assert.deepEqual(change.to, { ...tagged, link });
  });

  it("changes who comes in at an OPC UA server, and how", () => {
    let filled = withFilled(filledEntry(OPCUA, CELL), ["security"], { "(kind)": "none" });
    filled = withFilled(filled, ["identity", "user"], "other");

    assert.deepEqual(changedEntry(OPCUA, CELL, filled), {
      ...CELL,
      security: "none",
      identity: { user: "other", password: "${env:CELL}" },
    });
  });
});
