import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freePort } from "../../../support/free-port.ts";
import { OpcUaRun } from "../../../support/opcua-run.ts";
import { buildLine, LINE_URI, type LineWishes } from "../../../support/opcua-line.ts";
import { SecureServer, type AddressSpace } from "../../../support/opcua-secure-server.ts";

const ROOT = `/Objects/nsu=${LINE_URI};Line1`;

function config(server: SecureServer, more: object = {}): Record<string, unknown> {
  return {
    endpoint: server.endpoint,
    security: "none",
    allowNone: true,
    device: "cell",
    offlineGrace: "20s",
    rebirthHoldoff: "1s",
    groups: { fast: { interval: "100ms" } },
    ...more,
  };
}

/** At a port that nobody takes while its server is gone. */
async function startLasting(): Promise<SecureServer> {
  return await SecureServer.start({
    port: await freePort(),
    build: (space) => buildLine(space),
  });
}

/** Stops the server and starts another one on the same port. */
async function restart(server: SecureServer, wishes: LineWishes): Promise<SecureServer> {
  const { port } = server;
  await server[Symbol.asyncDispose]();
  return await SecureServer.start({ port, build: (space) => buildLine(space, wishes) });
}

function addVariable(server: SecureServer, name: string): void {
  const space: AddressSpace = server.server.engine.addressSpace ?? assert.fail();
  const namespace = space.getNamespace(LINE_URI);
  namespace.addVariable({
    componentOf: `ns=${namespace.index};s=Line1`,
    browseName: name,
    nodeId: `s=${name}`,
    dataType: "Double",
  });
}

/** What a server does that has got new nodes. */
function tellOfChange({ server }: SecureServer): void {
  server.engine.addressSpace?.rootFolder.objects.server.raiseEvent(
    "GeneralModelChangeEventType",
    {},
  );
}

describe("an OPC UA device whose tags are found by browsing", { timeout: 180_000 }, () => {
  it("is born with all of them, with unit, range and what may be written", async () => {
    await using server = await SecureServer.start({ build: (space) => buildLine(space) });
    const browse = [{ root: ROOT, group: "fast", include: ["Motor?/Speed"] }];

    await using run = await OpcUaRun.start(config(server, { browse, readOnly: false }));
    await run.until(() => run.count("born") === 1);

    assert.partialDeepStrictEqual(run.metric("Motor1/Speed"), {
      value: 1500,
      quality: "good",
      datatype: "Double",
      unit: "rpm",
      writable: true,
    });
    assert.notEqual(run.metric("Motor2/Speed"), undefined);
    const { outcome } = await run.write("cell", "Motor1/Speed", 900);
    assert.match(outcome, /^ok/);
  });

  it("keeps a vanished one as bad: node_removed, and takes it back", async () => {
    let server = await startLasting();
    const browse = [{ root: ROOT, group: "fast", include: ["Motor?/Speed"] }];
    await using run = await OpcUaRun.start(config(server, { browse }));
    await run.until(() => run.metric("Motor2/Speed")?.quality === "good");

    server = await restart(server, { withoutMotor2: true });
    await run.until(() => run.readings("Motor2/Speed").at(-1)?.reason === "node_removed");
    const other = run.readings("Motor1/Speed").at(-1)?.quality;
    server = await restart(server, {});
    await run.until(() => run.readings("Motor2/Speed").at(-1)?.quality === "good");

    assert.equal(other, "good");
    assert.equal(run.count("died"), 0);
    await server[Symbol.asyncDispose]();
  });

  it("keeps as they were those that it cannot see, where it does not see the whole", async () => {
    await using server = await SecureServer.start({ build: (space) => buildLine(space) });
    const rule = { root: ROOT, group: "fast", include: ["Motor?/Speed"], maxNodes: 40 };
    await using run = await OpcUaRun.start(config(server, { browse: [rule], readOnly: false }));
    await run.until(() => run.metric("Motor2/Speed")?.quality === "good");
    for (let count = 0; count < 60; count += 1) addVariable(server, `More${count}`);

    await run.adapter.rescan?.();

    const sentence = /could not see the whole; tags that it did not see stay as they were/;
    await run.until(() => run.log.some(({ message }) => sentence.test(message)));
    const { outcome, because } = await run.write("cell", "Motor2/Speed", 900);
    assert.match(outcome, /^ok/, because ?? outcome);
    await run.until(() => run.readings("Motor2/Speed").at(-1)?.value === 900);
    assert.equal(
      run.readings("Motor2/Speed").some(({ reason }) => reason === "node_removed"),
      false,
    );
  });

  for (const [what, look] of [
    ["the server says is new", tellOfChange],
    ["a rescan finds", (_: SecureServer, run: OpcUaRun) => run.adapter.rescan?.()],
  ] as const) {
    it(`is born again, once, with what ${what}`, async () => {
      await using server = await SecureServer.start({ build: (space) => buildLine(space) });
      const browse = [{ root: ROOT, group: "fast" }];
      await using run = await OpcUaRun.start(config(server, { browse }));
      await run.until(() => run.count("born") === 1);

      const [link] = run.adapter.diagnostics().links;
      const told = link?.agreements?.find(({ name }) => name === "changes of nodes");
      assert.deepEqual(told?.terms[0], {
        name: "publishing_interval_ms",
        asked: 1000,
        granted: 1000,
      });
      addVariable(server, "Torque");
      await look(server, run);
      await run.until(() => run.metric("Torque") !== undefined);

      assert.equal(run.count("born"), 2);
    });
  }
});

describe("an OPC UA server whose objects are devices", { timeout: 180_000 }, () => {
  it("has a birth for each, and each is written by its own name", async () => {
    await using server = await SecureServer.start({ build: (space) => buildLine(space) });
    const devicesFrom = { path: ROOT, level: 1 };
    const browse = [{ root: ROOT, group: "fast", include: ["Motor?/Speed"] }];
    const more = { devicesFrom, browse, device: undefined, readOnly: false };
    await using run = await OpcUaRun.start(config(server, more));
    await run.until(() => run.count("born") === 2);

    const { outcome } = await run.write("Motor2", "Speed", 900);
    const wrong = await run.write("Motor3", "Speed", 900);

    const names = run.events.flatMap((event) =>
      event.kind === "born" ? [event.metrics.map(({ name }) => name)] : [],
    );
    assert.ok(names.every((own) => own.includes("Speed")));
    assert.match(outcome, /^ok/);
    assert.match(wrong.outcome, /^rejected/);
    const space = server.server.engine.addressSpace;
    const index = space?.getNamespace(LINE_URI).index;
    const values = ["Motor1", "Motor2"].map(
      // Nodes of the library have a toString that shows the value.
      // oxlint-disable-next-line no-base-to-string
      (motor) => space?.findNode(`ns=${index};s=${motor}.Speed`)?.toString() ?? "",
    );
    assert.match(values[1] ?? "", /900/);
    assert.doesNotMatch(values[0] ?? "", /\b900\b/);
  });
});

describe("an OPC UA server that comes back with other indices", { timeout: 180_000 }, () => {
  it("gives each tag the value of its own node, whatever its tag was written with", async () => {
    let server = await startLasting();
    const index = server.server.engine.addressSpace?.getNamespace(LINE_URI).index;
    const tags = [
      { name: "ByUri", node: `nsu=${LINE_URI};s=Motor1.Speed` },
      { name: "ByIndex", node: `ns=${index};s=Motor1.Speed` },
      { name: "ByPath", node: `${ROOT}/${index}:Motor1/${index}:Speed` },
      { name: "Gone", node: `ns=9;s=Motor1.Speed` },
    ];
    await using run = await OpcUaRun.start(config(server, { tags }));
    await run.until(() => run.metric("ByPath")?.quality === "good");
    const converted = run.log.find(({ message }) => message.includes("write them by URI"));

    server = await restart(server, { before: ["urn:new:one", "urn:new:two"] });
    await run.until(() => run.readings("ByUri").some(({ quality }) => quality === "stale"));
    await run.until(() => run.readings("ByUri").at(-1)?.quality === "good");

    for (const name of ["ByUri", "ByIndex", "ByPath"]) {
      assert.equal(run.readings(name).at(-1)?.value, 1500, name);
      assert.ok(!run.readings(name).some(({ quality }) => quality === "bad"));
    }
    assert.equal(run.metric("Gone")?.reason, "namespace_missing");
    assert.match(JSON.stringify(converted?.fields), /"nsu=urn:test:line;s=Motor1\.Speed"/);
    await server[Symbol.asyncDispose]();
  });

  it("that lost the namespace makes its tags bad: namespace_missing, and others live on", async () => {
    let server = await startLasting();
    const tags = [
      { name: "Speed", node: `nsu=${LINE_URI};s=Motor1.Speed` },
      { name: "Time", node: "i=2258" },
      { name: "Lost", node: `${ROOT}/nsu=${LINE_URI};State` },
    ];
    await using run = await OpcUaRun.start(config(server, { tags }));
    await run.until(() => run.metric("Speed")?.quality === "good");

    const { port } = server;
    await server[Symbol.asyncDispose]();
    server = await SecureServer.start({ port });
    await run.until(() => run.readings("Speed").at(-1)?.reason === "namespace_missing");

    assert.equal(run.readings("Lost").at(-1)?.reason, "namespace_missing");
    assert.equal(run.readings("Time").at(-1)?.quality, "good");
    await server[Symbol.asyncDispose]();
  });
});

describe("an OPC UA server of which a family is known", { timeout: 180_000 }, () => {
  it("is asked to watch no more than it can; the rest is polled, and all live", async () => {
    await using server = await SecureServer.start({
      build: (space) => buildLine(space, { many: 1_010 }),
    });
    const browse = [{ root: ROOT, group: "fast", include: ["Many/**"] }];
    await using run = await OpcUaRun.start(config(server, { browse, profile: "siemensS71200" }));
    await run.until(() => run.count("born") === 1);

    const polled = run.log.find(({ message }) => message.includes("the rest is polled"));
    assert.partialDeepStrictEqual(polled?.fields, { group: "fast", items: 10 });
    assert.equal(run.metric("Many/V1009")?.quality, "good");
  });
});
