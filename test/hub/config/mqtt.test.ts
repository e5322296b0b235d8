import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DEFAULT_LIMITS } from "../../../hub/src/broker/limits.ts";
import { fileError, parseFile as parse } from "../../support/config-file.ts";

const LISTENS = "listeners: { mqtt: {} }\n";

async function problemsOf(text: string): Promise<string> {
  return (await fileError(text))?.message ?? "";
}

/** The rows of the table of limits in the documentation: key and default, as they are written in the file. */
function documented(): readonly (readonly [key: string, value: string])[] {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");
  const [, table = ""] = text.split("<!-- limits -->");
  return [...table.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(
    ([, key = "", value = ""]) => [key, value] as const,
  );
}

describe("the section mqtt", () => {
  it("may be left out: what is acknowledged survives a power cut, and the broker has its own limits", async () => {
    const { mqtt } = await parse(LISTENS);

    assert.deepEqual(mqtt, { durability: "power", limits: {} });
  });

  it("can set every limit that the broker has, and the documentation has their defaults", async () => {
    const { queuePolicy } = DEFAULT_LIMITS;
    const limits = documented().map(([key, value]) => `    ${key}: ${value}\n`);

    const { mqtt } = await parse(
      `${LISTENS}mqtt:\n  queuePolicy: ${queuePolicy}\n  limits:\n${limits.join("")}`,
    );

    assert.deepEqual(mqtt.limits, DEFAULT_LIMITS);
  });

  it("reads sizes and durations with their units", async () => {
    const { mqtt } = await parse(`${LISTENS}mqtt:
  durability: memory
  queuePolicy: reject-new
  limits:
    maxPacketSize: 1.5MiB
    maxQueuedSize: 2GiB
    maxTopicSize: 300B
    connectWithin: 1500ms
    sessionExpiry: 2d
    maxSessionExpiry: never
`);

    assert.deepEqual(mqtt, {
      durability: "memory",
      limits: {
        queuePolicy: "reject-new",
        maxPacketBytes: 1_572_864,
        maxQueuedBytes: 2 * 1024 ** 3,
        maxTopicBytes: 300,
        connectWithinMs: 1500,
        sessionExpirySeconds: 172_800,
        maxSessionExpirySeconds: 0xffff_ffff,
      },
    });
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      "limits: { maxConections: 5 }",
      /unknown key "maxConections"; did you mean "maxConnections"\?/,
    ],
    ["limits: { maxConnections: 0 }", /mqtt\.limits\.maxConnections: /],
    ["limits: { maxPacketSize: 8 }", /mqtt\.limits\.maxPacketSize: /],
    ["limits: { maxPacketSize: 8MB }", /"8MB" is not a size; write a number with a unit, e\.g\./],
    ["limits: { maxPacketSize: 1GiB }", /must be 1KiB to 256MiB/],
    ["limits: { connectWithin: 5 }", /mqtt\.limits\.connectWithin: /],
    ["limits: { keepAlive: 1500ms }", /must be whole seconds/],
    ["limits: { receiveMaximum: 70000 }", /mqtt\.limits\.receiveMaximum: /],
    [
      "limits: { outgoingSoftSize: 2MiB, outgoingHardSize: 1MiB }",
      /outgoingHardSize: must be greater than outgoingSoftSize/,
    ],
    ["durability: disk", /mqtt\.durability: /],
    ["queuePolicy: drop", /mqtt\.queuePolicy: /],
  ];
  for (const [yaml, says] of wrong) {
    it(`is refused with ${yaml}`, async () => {
      assert.match(await problemsOf(`${LISTENS}mqtt: { ${yaml} }\n`), says);
    });
  }
});

describe("listeners with TLS", () => {
  it("have their usual ports, and files seen from the folder of the configuration", async () => {
    const { listeners } = await parse(`listeners:
  mqtts: { cert: tls/hub.pem, key: /etc/hub.key, clientCa: tls/clients.pem }
  wss: { cert: tls/hub.pem, key: /etc/hub.key }
`);

    assert.deepEqual(listeners.mqtts, {
      host: "127.0.0.1",
      port: 8883,
      tls: {
        cert: "/plant/tls/hub.pem",
        key: "/etc/hub.key",
        clientCa: "/plant/tls/clients.pem",
        clientCertificates: "required",
      },
    });
    assert.equal(listeners.wss?.port, 8084);
    assert.deepEqual(listeners.wss?.origins, []);
  });

  it("need a certificate and a key", async () => {
    const said = await problemsOf("listeners: { mqtts: { cert: a.pem } }");

    assert.match(said, /listeners\.mqtts\.key: is missing/);
  });

  it("are not for public addresses either while anyone may come in", async () => {
    const tls = "cert: a.pem, key: b.pem";

    const said = await problemsOf(`listeners: { mqtts: { host: 0.0.0.0, ${tls} } }`);

    assert.match(said, /listeners\.mqtts\.host: 0\.0\.0\.0 can be reached from other machines/);
  });

  it("must not share a port with another", async () => {
    const tls = "cert: a.pem, key: b.pem";

    const said = await problemsOf(`listeners: { mqtts: { port: 8084, ${tls} }, wss: { ${tls} } }`);

    assert.match(said, /listeners\.wss\.port: 127\.0\.0\.1:8084 is also listeners\.mqtts/);
  });
});

describe("the listener for metrics", () => {
  it("may be public, because nothing of the plant is in it, but is not enough for a hub", async () => {
    const { listeners } = await parse(
      `${LISTENS.trim().slice(0, -2)}, metrics: { host: 0.0.0.0 } }`,
    );

    assert.deepEqual(listeners.metrics, { host: "0.0.0.0", port: 9464, names: [] });
    assert.match(await problemsOf("listeners: { metrics: {} }"), /nothing listens/);
  });
});
