/** Which devices an adapter has, and which the configuration no longer has, for those who explain what is wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import modbus from "@unshub/adapter-modbus";
import opcua from "@unshub/adapter-opcua";
import { AdapterStory } from "../../../hub/src/supervisor/adapter-story.ts";

const NAMING = { adapter: "press", protocol: "modbus", groupId: "P", edgeNodeId: "gw" };
const devicesOf = (story: AdapterStory): readonly string[] =>
  story.now.devices.map(({ deviceId }) => deviceId);

describe("the story of an adapter", () => {
  it("lacks no device before its thread has said which there are", () => {
    const story = new AdapterStory(NAMING, () => 0);
    story.threadStarted();
    assert.equal(story.now.lacks("m1"), false);

    story.heard({ kind: "started", devices: ["m1"] });
    assert.deepEqual(
      ["m1", "m2"].map((device) => story.now.lacks(device)),
      [false, true],
    );
  });

  it("forgets a device that was taken out while its thread had ended", () => {
    const story = new AdapterStory(NAMING, () => 0);
    story.heard({ kind: "started", devices: ["m1", "m2"] });
    for (const deviceId of ["m1", "m2"]) story.heard({ kind: "born", deviceId, metrics: [] });
    story.threadEnded("it was out of memory");
    assert.deepEqual(devicesOf(story), ["m1", "m2"]);

    story.threadStarted();
    story.heard({ kind: "started", devices: ["m1"] });

    assert.deepEqual(devicesOf(story), ["m1"]);
    assert.equal(story.now.lacks("m2"), true);
  });

  it("keeps devices that only asking finds, but for those that are known to have left", () => {
    const story = new AdapterStory(NAMING, () => 0);
    story.heard({ kind: "started", devices: undefined });
    for (const deviceId of ["m1", "m2"]) story.heard({ kind: "born", deviceId, metrics: [] });
    story.left("m2");
    story.configured(undefined);

    assert.deepEqual(devicesOf(story), ["m1"]);
    assert.deepEqual(
      ["m1", "m2"].map((device) => story.now.lacks(device)),
      [false, true],
    );
    story.heard({ kind: "born", deviceId: "m2", metrics: [] });
    assert.equal(story.now.lacks("m2"), false);
  });

  it("hears the devices of an entry from its adapter, unless some are found on the server", () => {
    const groups = { fast: { interval: "1s" } };
    const tags = [{ name: "x", at: "hr:1", type: "int16" }];
    const plc = (name: string): object => ({ name, unit: 1, groups, tags });
    const links = modbus.parseConfig({ link: { host: "p" }, devices: [plc("a"), plc("b")] });
    assert.deepEqual(modbus.deviceIds?.(links), ["a", "b"]);

    const server = { endpoint: "opc.tcp://s:1", security: "none", allowNone: true, groups };
    const own = { name: "X", node: "i=85" };
    const named = { ...server, device: "line", tags: [own, { ...own, name: "Y", device: "oven" }] };
    assert.deepEqual(
      new Set(opcua.deviceIds?.(opcua.parseConfig(named))),
      new Set(["line", "oven"]),
    );
    const devicesFrom = { path: "/Objects", level: 1 };
    const found = { ...server, devicesFrom, browse: [{ root: "/Objects", group: "fast" }] };
    assert.equal(opcua.deviceIds?.(opcua.parseConfig(found)), undefined);
  });
});
