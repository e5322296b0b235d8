/** The tag of an adapter that makes a metric. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tagHref } from "../../uns-browser/lib/adapters-address.ts";
import { askOrigin } from "../../uns-browser/lib/origin.ts";
import { answering, type Said } from "./fake-answers.ts";

const METRIC = { groupId: "Plant1", edgeNodeId: "gw", deviceId: "press", metric: "Speed" };
const DEVICE = { deviceId: "press", state: "online", address: "10.0.4.21:502 unit 1" };
const ADAPTER = {
  name: "press-modbus",
  protocol: "modbus",
  groupId: "Plant1",
  edgeNodeId: "gw",
  status: "running",
  links: [],
  devices: [DEVICE],
};
const tag = (name: string, at: string): object => ({
  device: "press",
  name,
  from: "entry",
  fields: { name, at, type: "float32", byteOrder: "BADC" },
});

describe("where a metric comes from", () => {
  it("is the tag of its name: the adapter, where the device is, and where in it the value is", async () => {
    const said: Said[] = [];
    const adapters = { status: 200, body: { adapters: [ADAPTER] } };
    const tags = { status: 200, body: { tags: [tag("Speed 2", "hr:1"), tag("Speed", "hr:5")] } };

    const answer = await askOrigin(answering(said, [adapters, tags]), METRIC);

    const address = "modbus://10.0.4.21:502 · unit 1 · hr:5 · float32 BADC";
    assert.deepEqual(answer, {
      kind: "done",
      value: { found: { adapter: "press-modbus", device: "press", tag: "Speed", address } },
    });
    assert.match(
      said[1]?.url ?? "",
      /^\/api\/v1\/adapters\/press-modbus\/tags\?device=press&text=Speed/,
    );
    assert.equal(
      tagHref("press-modbus", "press", "Speed"),
      "/adapters/?id=press-modbus&device=press&f=Speed",
    );
  });

  it("is nothing here for what other edge nodes say, and is not made up when the hub refuses", async () => {
    const adapters = { status: 200, body: { adapters: [ADAPTER] } };
    const nothing = { kind: "done", value: { found: null } };

    assert.deepEqual(
      await askOrigin(answering([], [adapters]), { ...METRIC, edgeNodeId: "other" }),
      nothing,
    );
    assert.deepEqual(
      await askOrigin(answering([], [adapters, { status: 200, body: { tags: [] } }]), METRIC),
      nothing,
    );
    assert.equal((await askOrigin(answering([], [403]), METRIC)).kind, "refused");
  });
});
