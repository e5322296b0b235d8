import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { covers, matches } from "../../../hub/src/identity/filter.ts";
import { grantText, readGrant } from "../../../hub/src/identity/grant-text.ts";
import { compileGrants, type Grant, type Rights } from "../../../hub/src/identity/grants.ts";

function rights(bearer: { name: string; clientId: string }, ...texts: readonly string[]): Rights {
  const grants = texts.map((text): Grant => {
    const read = readGrant(text);
    assert.equal(read.kind, "grant", text);
    return read.grant;
  });
  return compileGrants(grants, bearer);
}

const GW = { name: "gw", clientId: "gw-1" };

function publishes(
  of: Rights,
  topic: string,
  more: Partial<{ qos: 0 | 1 | 2; retain: boolean; isWill: boolean }> = {},
): boolean {
  const attempt = { topic, qos: 0 as const, retain: false, isWill: false, ...more };
  return of.publishFault(attempt) === undefined;
}

describe("the grant to be an edge node", () => {
  const node = rights(GW, "node Plant1/gw");

  it("allows its own births, data and deaths and no other topic", () => {
    for (const topic of [
      "spBv1.0/Plant1/NBIRTH/gw",
      "spBv1.0/Plant1/NDATA/gw",
      "spBv1.0/Plant1/NDEATH/gw",
      "spBv1.0/Plant1/DBIRTH/gw/press",
      "spBv1.0/Plant1/DDATA/gw/press",
      "spBv1.0/Plant1/DDEATH/gw/press",
    ]) {
      assert.equal(publishes(node, topic), true, topic);
    }
    for (const topic of [
      "spBv1.0/Plant1/NBIRTH/other",
      "spBv1.0/Plant2/NBIRTH/gw",
      "spBv1.0/Plant1/NCMD/gw",
      "spBv1.0/Plant1/DCMD/gw/press",
      "spBv1.0/STATE/gw",
      "spBv1.0/Plant1/DDATA/other/press",
      "spBv1.0/Plant1/DDATA/gw/press/more",
      "$sparkplug/certificates/spBv1.0/Plant1/NBIRTH/gw",
      "$SYS/broker/version",
      "other",
    ]) {
      assert.equal(publishes(node, topic), false, topic);
    }
  });

  it("allows as Will its NDEATH with QoS 1 and nothing else", () => {
    const will = { isWill: true, qos: 1 } as const;

    assert.equal(publishes(node, "spBv1.0/Plant1/NDEATH/gw", will), true);
    assert.equal(publishes(node, "spBv1.0/Plant1/NDEATH/gw", { ...will, qos: 0 }), false);
    assert.equal(publishes(node, "spBv1.0/Plant1/NDEATH/gw", { ...will, retain: true }), false);
    assert.equal(publishes(node, "spBv1.0/Plant1/NDATA/gw", will), false);
    assert.equal(publishes(node, "spBv1.0/Plant1/NDEATH/other", will), false);
  });

  it("lets nothing be retained", () => {
    assert.equal(publishes(node, "spBv1.0/Plant1/NBIRTH/gw", { retain: true }), false);
  });

  it("lets it hear its commands and STATE and not the data of others", () => {
    for (const filter of [
      "spBv1.0/Plant1/NCMD/gw",
      "spBv1.0/Plant1/NCMD/gw/#",
      "spBv1.0/Plant1/DCMD/gw/#",
      "spBv1.0/Plant1/DCMD/gw/+",
      "spBv1.0/STATE/+",
      "spBv1.0/STATE/scada",
    ]) {
      assert.equal(node.maySubscribe(filter), true, filter);
    }
    for (const filter of [
      "#",
      "spBv1.0/#",
      "spBv1.0/Plant1/NCMD/+",
      "spBv1.0/Plant1/+/gw",
      "+/#",
    ]) {
      assert.equal(node.maySubscribe(filter), false, filter);
    }
  });

  it("may be bound to some devices", () => {
    const bound = rights(GW, "node Plant1/gw press-01,press-02");

    assert.equal(publishes(bound, "spBv1.0/Plant1/DBIRTH/gw/press-01"), true);
    assert.equal(publishes(bound, "spBv1.0/Plant1/DBIRTH/gw/press-03"), false);
  });
});

describe("the grant to be a host", () => {
  const host = rights({ name: "scada", clientId: "s" }, "host scada", "read Plant1");

  it("allows its STATE, retained with QoS 1, and no other", () => {
    const state = { qos: 1, retain: true } as const;

    assert.equal(publishes(host, "spBv1.0/STATE/scada", state), true);
    assert.equal(publishes(host, "spBv1.0/STATE/scada", { ...state, isWill: true }), true);
    assert.equal(publishes(host, "spBv1.0/STATE/scada", { ...state, retain: false }), false);
    assert.equal(publishes(host, "spBv1.0/STATE/scada", { ...state, qos: 0 }), false);
    assert.equal(publishes(host, "spBv1.0/STATE/other", state), false);
  });

  it("does not command by that", () => {
    assert.equal(publishes(host, "spBv1.0/Plant1/NCMD/gw"), false);
  });
});

describe("the grant to read", () => {
  it("covers a group with everything below it", () => {
    const read = rights(GW, "read Plant1");

    for (const filter of [
      "spBv1.0/Plant1/#",
      "spBv1.0/Plant1/DDATA/gw/press",
      "$sparkplug/certificates/spBv1.0/Plant1/#",
      "$UNS/certificates/json/Plant1/#",
      "$UNS/events/Plant1/gw/press",
    ]) {
      assert.equal(read.maySubscribe(filter), true, filter);
    }
    for (const filter of ["spBv1.0/#", "spBv1.0/+/DDATA/gw/press", "spBv1.0/Plant2/#", "#"]) {
      assert.equal(read.maySubscribe(filter), false, filter);
    }
  });

  it("covers one device only", () => {
    const read = rights(GW, "read Plant1/gw/press");

    assert.equal(read.mayReceive("spBv1.0/Plant1/DDATA/gw/press"), true);
    assert.equal(read.mayReceive("$UNS/events/Plant1/gw/press"), true);
    assert.equal(read.mayReceive("$UNS/events/Plant1/gw/other"), false);
    assert.equal(read.mayReceive("spBv1.0/Plant1/DDATA/gw/other"), false);
    assert.equal(read.mayReceive("spBv1.0/Plant1/NDATA/gw"), false);
    assert.equal(read.maySubscribe("spBv1.0/Plant1/DDATA/gw/+"), false);
  });
});

describe("the grant to command", () => {
  const command = rights(GW, "command Plant1/gw/press Setpoint*,Recipe/*", "rebirth Plant1");

  it("names the metrics that may be written", () => {
    const topic = "spBv1.0/Plant1/DCMD/gw/press";

    assert.equal(publishes(command, topic), true);
    assert.equal(publishes(command, topic, { retain: true }), false);
    assert.equal(command.mayCommand(topic, "Setpoint 1"), true);
    assert.equal(command.mayCommand(topic, "Recipe/Temperature"), true);
    assert.equal(command.mayCommand(topic, "Speed"), false);
    assert.equal(command.mayCommand("spBv1.0/Plant1/DCMD/gw/other", "Setpoint 1"), false);
  });

  it("asks for births by its own grant", () => {
    const topic = "spBv1.0/Plant1/NCMD/gw";

    assert.equal(publishes(command, topic), true);
    assert.equal(command.mayCommand(topic, "Node Control/Rebirth"), true);
    assert.equal(command.mayCommand(topic, "Node Control/Reboot"), false);
  });
});

describe("plain topics", () => {
  it("fill in who it is", () => {
    const plain = rights(GW, "publish mes/%u/#", "subscribe mes/%c/#");

    assert.equal(publishes(plain, "mes/gw/order"), true);
    assert.equal(publishes(plain, "mes/other/order"), false);
    assert.equal(plain.maySubscribe("mes/gw-1/+"), true);
  });

  it("give nothing when who it is could change the filter", () => {
    for (const name of ["+", "#", "a/b", "", "a+", "gw\0"]) {
      const plain = rights({ name, clientId: name }, "publish mes/%u/#", "subscribe mes/%c/#");

      assert.equal(publishes(plain, "mes/gw/order"), false, name);
      assert.equal(plain.maySubscribe("mes/gw/order"), false, name);
    }
  });

  it("never reach Sparkplug's topics or the hub's own", () => {
    for (const text of [
      "publish spBv1.0/#",
      "subscribe #",
      "publish +/x",
      "publish $SYS/#",
      "subscribe $share/a/#",
    ]) {
      assert.equal(readGrant(text).kind, "problem", text);
    }
  });
});

describe("a grant in words", () => {
  it("is refused with what can be written", () => {
    for (const text of [
      "",
      "node",
      "node a",
      "node a/b/c",
      "read",
      "walk x",
      "system x",
      "host a b",
    ]) {
      const read = readGrant(text);

      assert.equal(read.kind, "problem", text);
      assert.match(read.problem, /write e\.g\. node Plant1/);
    }
  });

  it("is refused when an id cannot stand in a topic", () => {
    for (const text of ["node Plant#/gw", "host a/b", "read Pl+ant", "node a/+"]) {
      assert.equal(readGrant(text).kind, "problem", text);
    }
  });

  it("says again what it was read from", () => {
    for (const text of [
      "node Plant1/gw",
      "node Plant1/gw a,b",
      "host scada",
      "read Plant1/gw/press",
      "read Plant1/+/press",
      "command Plant1 Setpoint*",
      "rebirth Plant1",
      "publish mes/%u/#",
      "subscribe mes/+",
      "system",
    ]) {
      const read = readGrant(text);

      assert.equal(read.kind, "grant", text);
      assert.equal(grantText(read.grant), text);
    }
  });
});

describe("a filter that covers another", () => {
  const level = fc.constantFrom("a", "b", "+", "$SYS", "");
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, hasEnd]) => [...levels, ...(hasEnd ? ["#"] : [])].join("/"));
  const topic = fc
    .array(fc.constantFrom("a", "b", "c", "$SYS", ""), { minLength: 1, maxLength: 5 })
    .map((levels) => levels.join("/"));

  it("matches every topic that the other matches", () => {
    fc.assert(
      fc.property(filter, filter, topic, (outer, inner, name) => {
        if (covers(outer, inner) && matches(inner, name)) assert.ok(matches(outer, name));
      }),
      { numRuns: 5000 },
    );
  });

  it("covers itself", () => {
    fc.assert(
      fc.property(filter, (text) => {
        assert.ok(covers(text, text), text);
      }),
    );
  });
});
