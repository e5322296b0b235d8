import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertVerdict,
  BD_SEQ,
  ExplainPlant,
  figure,
  speed,
  SPEED,
  statusOf,
} from "../../support/explain-plant.ts";
import { pressAdapter, pressMemory, tempDir } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const ROGUE = new URL("../../support/rogue-adapter-worker.ts", import.meta.url);

describe("why a value of the hub's own adapters is stale", { timeout: 180_000 }, () => {
  it("is nothing when all is well", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const plant = await ExplainPlant.open(t, pressAdapter(plc.port));
    await plant.becomes("good", PRESSURE);

    const explained = await plant.explain(PRESSURE);

    assertVerdict(explained, { status: "ok", hop: undefined, says: /does not change/ });
    assert.deepEqual(
      explained.hops.map(({ status }) => status),
      ["ok", "ok", "ok", "ok", "ok", "ok", "ok"],
    );
  });

  it("is its PLC when that was switched off; of the edge node too", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const plant = await ExplainPlant.open(t, pressAdapter(plc.port));
    await plant.becomes("good", PRESSURE);
    await plc.close();
    await plant.becomes("offline", PRESSURE);

    const explained = await plant.explain(PRESSURE);
    const node = await plant.explain("Plant1/gw-press");

    const broken = { status: "broken", hop: "PLC", says: /press-01 .*no connection for/ };
    assertVerdict(explained, broken);
    assertVerdict(node, broken);
    assert.equal(statusOf(explained, "adapter"), "ok");
    assert.equal(figure(explained, "PLC", "deaths"), "1");
  });

  it("is a PLC that never answered", async (t) => {
    const plc = await openModbusServer(pressMemory());
    const dataDir = tempDir(t);
    const first = await ExplainPlant.open(t, pressAdapter(plc.port), { dataDir });
    await first.becomes("good", PRESSURE);
    await first.hub.stop();
    await plc.close();
    const plant = await ExplainPlant.open(t, pressAdapter(plc.port), { dataDir });

    const explained = await plant.until("PLC", PRESSURE);

    assert.match(explained.verdict.says, /press-01/);
    assert.match(figure(explained, "reader", "quality") ?? "", /last-known|stale/);
  });

  it("is the adapter when its thread has ended", async (t) => {
    const plant = await ExplainPlant.open(t, pressAdapter(1), { adapterWorker: ROGUE });
    const path = "Plant1/gw-press/d/n";
    await plant.becomes("good", path);
    const { httpPort } = plant.hub;
    const throwing = async (): Promise<void> => {
      await fetch(`http://127.0.0.1:${httpPort}/api/ns/write`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ path, value: -2 }), // the adapter throws where nobody catches
      });
    };

    // It is started again half a second later, and throws again, until somebody has looked in between.
    const explained = await plant.until("adapter", path, throwing);

    assertVerdict(explained, {
      status: "broken",
      hop: "adapter",
      says: /adapter press .*it threw: thrown for the test/i,
    });
    assert.equal(statusOf(explained, "PLC"), "unknown");
  });
});

describe("why a value of a foreign edge node is stale", { timeout: 180_000 }, () => {
  it("is nothing when all is well, and what stands behind the gateway is not ours to know", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);

    const explained = await plant.explain();

    assertVerdict(explained, { status: "ok", hop: undefined, says: /./ });
    assert.deepEqual(
      ["PLC", "adapter"].map((hop) => statusOf(explained, hop)),
      ["unknown", "unknown"],
    );
    const adapter = explained.hops[1];
    assert.match(adapter?.says ?? "", /Not ours.*client "gw" \(127\.0\.0\.1:\d+\)/);
    assert.equal(figure(explained, "edge session", "bdSeq"), "0");
  });

  it("is a PLC that its gateway says died", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DDEATH/e/d", []);

    const explained = await plant.explain();
    const node = await plant.explain("g/e");

    assertVerdict(explained, { status: "broken", hop: "PLC", says: /device d died \(DDEATH\)/ });
    assertVerdict(node, { status: "suspect", hop: "PLC", says: /1 of its devices/ });
  });

  it("is the source itself when it says so", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    const properties = [{ key: "Quality", datatype: "Int32", value: 0 }] as const;
    await plant.bear(gateway, [speed(1, { properties: [...properties] })]);

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "PLC",
      says: /Device d itself calls the value bad/,
    });
  });

  it("is its gateway when the connection was cut, and its Will has told", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    gateway.stream.destroy();
    await plant.becomes("offline");

    const explained = await plant.explain();

    assertVerdict(explained, {
      status: "broken",
      hop: "edge session",
      says: /died\. Its client "gw" .*lost without DISCONNECT/,
    });
    assert.match(figure(explained, "edge session", "disconnected") ?? "", /T.*lost without/);
  });

  it("is its gateway when it is gone and left no Will", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway({ will: undefined });
    await plant.bear(gateway);
    gateway.stream.destroy();

    const explained = await plant.until("edge session");

    assertVerdict(explained, {
      status: "broken",
      hop: "edge session",
      says: /left no Will, so nobody was told/,
    });
    assert.equal(figure(explained, "reader", "quality"), "good");
  });

  it("is its gateway when it was sent off, with what was said then", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    const url = `http://127.0.0.1:${plant.hub.httpPort}/api/v1/clients/gw`;
    await fetch(url, { method: "DELETE" });
    await plant.becomes("offline");

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "edge session",
      says: /it was sent off: an administrator/,
    });
  });

  it("is its gateway when nothing was heard of it within its keep alive", async (t) => {
    const plant = await ExplainPlant.open(t);
    await using gateway = await RawClient.connected(plant.hub.mqttPort, {
      clientId: "gw",
      keepalive: 3, // long enough for its births on a busy machine
      will: {
        topic: "spBv1.0/g/NDEATH/e",
        payload: Buffer.from(plant.payload([BD_SEQ])),
        qos: 0,
        retain: false,
      },
    });
    gateway.sendBytes(plant.birthPackets());
    await gateway.ping();
    await plant.becomes("offline");

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "edge session",
      says: /nothing was heard of it for one and a half times its keep alive of 3 s/,
    });
  });

  it("is its gateway when another took its client id over", async (t) => {
    const plant = await ExplainPlant.open(t);
    await plant.bear(await plant.gateway());
    await plant.gateway();
    await plant.becomes("offline");

    const explained = await plant.explain();

    assertVerdict(explained, { status: "broken", hop: "edge session", says: /is connected, but/ });
    assert.equal(figure(explained, "edge session", "connections"), "2");
    assert.match(
      figure(explained, "edge session", "connection before") ?? "",
      /it was taken over: another client with this identifier has connected from 127/,
    );
  });

  it("is its gateway when it is connected and does not say NBIRTH", async (t) => {
    const plant = await ExplainPlant.open(t);
    const first = await plant.gateway();
    await plant.bear(first);
    first.stream.destroy();
    await plant.becomes("offline");
    await plant.gateway();

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "edge session",
      says: /is connected, but has not sent the NBIRTH/,
    });
  });

  it("is a DBIRTH that did not follow the NBIRTH", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "NBIRTH/e", [BD_SEQ], { restart: true });

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "edge session",
      says: /the DBIRTH of its device d has not come since/,
    });
  });

  it("is a gap in seq, until the next birth; asked for or not is told", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DDATA/e/d", [speed(5)], { skip: 3 });

    const explained = await plant.explain();
    await plant.bear(gateway);
    const healed = await plant.explain();

    assertVerdict(explained, {
      status: "broken",
      hop: "seq/alias",
      says: /seq 5 came when 2 was expected: 3 lost.*a rebirth was/,
    });
    assert.equal(healed.verdict.status, "ok");
    assert.match(figure(healed, "seq/alias", "gaps") ?? "", /^1, the last/);
  });

  it("is the gap too for a metric that may have been in it, and not the PLC, which did not call it stale", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway, [speed(1200), speed(7, { name: "Rate", alias: 2 })]);
    await plant.say(gateway, "DDATA/e/d", [speed(5)], { skip: 3 });

    const explained = await plant.explain("g/e/d/Rate");

    assertVerdict(explained, {
      status: "broken",
      hop: "seq/alias",
      says: /seq 5 came when 2 was expected: 3 lost/,
    });
    assert.match(
      explained.hops.find(({ hop }) => hop === "reader")?.says ?? "",
      /The tree shows it as stale: messages were lost\./,
    );
    assert.notEqual(explained.hops.find(({ hop }) => hop === "PLC")?.status, "broken");
  });

  it("is an alias that no birth named; of the neighbour only perhaps", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DBIRTH/e/d2", [speed(1)]);
    await plant.say(gateway, "DDATA/e/d", [speed(5, { name: undefined, alias: 99 })]);

    const explained = await plant.explain();
    const neighbour = await plant.explain("g/e/d2/Speed");

    assertVerdict(explained, { status: "broken", hop: "seq/alias", says: /alias 99/ });
    assertVerdict(neighbour, { status: "suspect", hop: "seq/alias", says: /of its device d/ });
  });

  it("is a birth that does not name the metric any more", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.bear(gateway, [speed(1, { name: "Rate" })]);

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "seq/alias",
      says: /The last DBIRTH, at .* does not name the metric "Speed" any more; .*"Rate"/,
    });
  });

  it("is a gateway that sends only values of the past", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DDATA/e/d", [speed(7, { isHistorical: true })]);

    assertVerdict(await plant.explain(), {
      status: "suspect",
      hop: "seq/alias",
      says: /only historical values came/,
    });
  });

  it("is the guard when it refuses what comes", async (t) => {
    const plant = await ExplainPlant.open(t);
    plant.hub.rules.S04 = "reject";
    const gateway = await plant.gateway({ protocolVersion: 5 });
    await plant.bear(gateway);
    await assert.rejects(plant.say(gateway, "DDATA/e/d", [speed(5)], { skip: 3 }));

    const explained = await plant.explain();

    assertVerdict(explained, {
      status: "broken",
      hop: "guard",
      says: /refused 1 messages.*DDATA: S04: seq is 5, expected 2/,
    });
    assert.match(explained.verdict.todo ?? "", /namespace\.sparkplug\.rules/);
  });

  it("is a clock that is ahead", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    await plant.say(gateway, "DDATA/e/d", [speed(5, { timestamp: Date.now() + 10_800_000 })]);

    const explained = await plant.explain();

    assertVerdict(explained, { status: "suspect", hop: "reader", says: /clock is 3 h ahead/ });
    assert.match(figure(explained, "reader", "difference") ?? "", /^10(799|800)\./);
  });

  it("is a subscriber that reads too slowly", async (t) => {
    const plant = await ExplainPlant.open(t);
    const gateway = await plant.gateway();
    await plant.bear(gateway);
    const slow = await RawClient.connected(plant.hub.mqttPort, { clientId: "scada" });
    await slow.subscribe("#");
    slow.pauseReading();
    const megabyte = Buffer.alloc(1_000_000);
    const { tree } = plant.hub.hub;
    assert.ok(tree.find(SPEED) !== undefined);

    const explained = await plant.until("reader", SPEED, async () => {
      await gateway.publishAsync("big", megabyte);
    });
    slow.vanish();

    assertVerdict(explained, {
      status: "suspect",
      hop: "reader",
      says: /subscriber "scada" \(127.*reads too slowly: \d+ messages for it were dropped/,
    });
  });

  it("is the restart of the hub while nobody came back", async (t) => {
    const dataDir = tempDir(t);
    const first = await ExplainPlant.open(t, "", { dataDir });
    const gateway = await first.gateway();
    await first.bear(gateway);
    await first.hub.stop();
    const plant = await ExplainPlant.open(t, "", { dataDir });

    const explained = await plant.explain();
    await plant.gateway();
    const later = await plant.explain();

    assertVerdict(explained, {
      status: "broken",
      hop: "edge session",
      says: /The hub started at .* has not heard the edge node g\/e since.*no client is connected/,
    });
    assert.equal(figure(explained, "reader", "quality"), "last-known");
    assertVerdict(later, { status: "suspect", hop: "edge session", says: /though client "gw"/ });
  });

  it("is what was missed while the hub was away, until the edge node is born again", async (t) => {
    const dataDir = tempDir(t);
    const first = await ExplainPlant.open(t, "", { dataDir });
    await first.bear(await first.gateway());
    await first.hub.stop();
    const plant = await ExplainPlant.open(t, "", { dataDir });
    await plant.say(await plant.gateway(), "DDATA/e/d", [speed(5)], { skip: 9 });

    assertVerdict(await plant.explain(), {
      status: "broken",
      hop: "seq/alias",
      says: /Data came without birth.*DDATA without birth/,
    });
  });
});

describe("other things than metrics", () => {
  it("are explained too: an edge node's own metric, a folder, a device", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const plant = await ExplainPlant.open(t, pressAdapter(plc.port));
    await plant.becomes("good", PRESSURE);
    await plc.close();
    await plant.becomes("offline", PRESSURE);

    const [own, folder, device] = await Promise.all(
      ["bdSeq", "press-01/Hydraulics", "press-01"].map((path) =>
        plant.explain(`Plant1/gw-press/${path}`),
      ),
    );

    assert.equal(own?.verdict.status, "ok");
    assert.deepEqual([folder?.verdict.hop, device?.verdict.hop], ["PLC", "PLC"]);
    assert.match(folder?.hops.at(-1)?.says ?? "", /^2 metrics: 0 bad, 2 not live/);
  });
});

describe("a path that is not there", () => {
  it("is answered with names that are near", async (t) => {
    const plant = await ExplainPlant.open(t);
    await plant.bear(await plant.gateway());

    const [wrong, group, empty] = await Promise.all(
      ["G/e/d/sped", "g", ""].map(async (path): Promise<unknown> =>
        JSON.parse(await plant.ask(path)),
      ),
    );

    assert.partialDeepStrictEqual(wrong, {
      status: 404,
      detail: `there is nothing at "G/e/d/sped". Near it: ${SPEED}`,
    });
    assert.partialDeepStrictEqual(group, {
      status: 404,
      detail: '"g" is a group; ask for an edge node, device or metric. Near it: g/e',
    });
    assert.partialDeepStrictEqual(empty, { status: 400 });
  });
});
