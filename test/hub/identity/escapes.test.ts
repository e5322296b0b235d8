/** What people try who have an account and want more than it gives: each attempt is refused, and harms nobody else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { deflateSync } from "node:zlib";
import { encodePayload } from "@unshub/sparkplug";
import type { IConnectPacket } from "mqtt-packet";
import { mappedBy, ruleFault, type IdentityRule } from "../../../hub/src/identity/rules.ts";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

interface Plant {
  readonly hub: IdentityHub;
  readonly come: (name: string, more?: Partial<IConnectPacket>) => Promise<RawClient>;
  /** The reason code of the CONNACK. */
  readonly knock: (name: string, more?: Partial<IConnectPacket>) => Promise<number | undefined>;
}

async function plantOf(
  t: TestContext,
  users: Readonly<Record<string, readonly string[]>>,
): Promise<Plant> {
  const hub = await identityHub(t, "", {
    listeners: "{ mqtt: { port: 0 }, http: { port: 0 } }",
    more: "mqtt: { durability: memory }",
  });
  for (const [name, grants] of Object.entries(users)) await hub.addUser(name, "operator", grants);
  const come: Plant["come"] = async (name, more = {}) => {
    const client = await RawClient.open(hub.mqttPort, 5);
    assert.equal((await client.connect(connectAs(name, more))).reasonCode, 0);
    return client;
  };
  const knock: Plant["knock"] = async (name, more = {}) => {
    await using client = await RawClient.open(hub.mqttPort, 5);
    return (await client.connect(connectAs(name, more))).reasonCode;
  };
  return { hub, come, knock };
}

function connectAs(name: string, more: Partial<IConnectPacket>): Partial<IConnectPacket> {
  return { clientId: name, username: name, password: Buffer.from(PASSWORD), ...more };
}

let lastId = 0;

async function publish(
  client: RawClient,
  topic: string,
  {
    payload = Buffer.from("x"),
    properties = {},
  }: { payload?: Uint8Array; properties?: object } = {},
): Promise<number> {
  lastId = (lastId % 60_000) + 1;
  const messageId = lastId;
  client.send({
    cmd: "publish",
    topic,
    qos: 1,
    payload: Buffer.from(payload),
    messageId,
    dup: false,
    retain: false,
    properties,
  });
  return (await client.find("puback", (packet) => packet.messageId === messageId)).reasonCode ?? 0;
}

async function subscribe(
  client: RawClient,
  ...filters: readonly string[]
): Promise<readonly unknown[]> {
  lastId = (lastId % 60_000) + 1;
  const messageId = lastId;
  const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }));
  client.send({ cmd: "subscribe", messageId, subscriptions });
  return (await client.find("suback", (packet) => packet.messageId === messageId)).granted;
}

describe("over MQTT", { timeout: 180_000 }, () => {
  it("a topic alias does not carry what its topic may not", async (t) => {
    const { come } = await plantOf(t, { mes: ["publish mes/#"], eye: ["subscribe secret/#"] });
    await using mes = await come("mes");
    await using eye = await come("eye");
    await subscribe(eye, "secret/#");

    assert.equal(await publish(mes, "secret/x", { properties: { topicAlias: 1 } }), 0x87);
    assert.equal(await publish(mes, "", { properties: { topicAlias: 1 } }), 0x87);
    assert.equal(await publish(mes, "mes/x", { properties: { topicAlias: 1 } }), 0);
    assert.equal(await publish(mes, "", { properties: { topicAlias: 1 } }), 0);
    await eye.ping();
  });

  it("a client identifier with wildcards gives no topics of others", async (t) => {
    const { come } = await plantOf(t, { mes: ["subscribe in/%c/#", "publish in/%c/x"] });

    await using plain = await come("mes", { clientId: "mes-1" });
    assert.deepEqual(await subscribe(plain, "in/mes-1/#", "in/mes-2/#", "in/+/#"), [0, 0x87, 0x87]);
    for (const clientId of ["mes-+", "mes-#", "mes-/", "mes-%u", "mes-%c"]) {
      await using odd = await come("mes", { clientId });
      const granted = await subscribe(odd, "in/+/#", "in/mes-1/#", "in/mes/#");
      assert.deepEqual(granted, [0x87, 0x87, 0x87], clientId);
    }
  });

  it("nobody comes under the client identifier of somebody else, whether he is there or not", async (t) => {
    const { come, knock } = await plantOf(t, {
      mes: ["subscribe mes/#"],
      "mes-2": ["subscribe mes/#"],
      gw: ["node P1/gw"],
      gw2: ["node P1/gw2"],
    });

    for (const clientId of ["mes-2", "mes-2-a", "root", "gw", "x"]) {
      assert.equal(await knock("mes", { clientId }), 0x85, clientId);
    }
    assert.equal(await knock("gw2", { clientId: "mes" }), 0x85);
    await using gw = await come("gw", { clientId: "anything" });
    assert.equal(await knock("gw2", { clientId: "anything" }), 0x85);
    assert.equal(await publish(gw, "spBv1.0/P1/NDATA/gw"), 0);
  });

  it("a shared subscription is asked for what it shares", async (t) => {
    const { come } = await plantOf(t, { mes: ["subscribe mes/#"] });
    await using mes = await come("mes");

    const granted = await subscribe(
      mes,
      "$share/g/mes/#",
      "$share/g/#",
      "$share/g/spBv1.0/#",
      "$share/g/$SYS/#",
      "$share/mes/secret",
      "$share/g/$share/h/mes/#",
      "$SHARE/g/#",
      "$queue/secret",
    );

    assert.deepEqual(granted, [0, ...Array.from({ length: 7 }, () => 0x87)]);
  });

  it("names that only look alike are nobody's", async (t) => {
    const { hub, knock } = await plantOf(t, { gw: ["node P1/gw"] });

    for (const name of ["\u{FF47}\u{FF57}", "gw\u200B", "GW", "gw ", "gw\u0000"]) {
      assert.notEqual(await knock("gw", { username: name }), 0, JSON.stringify(name));
    }
    const put = (name: string): Promise<Response> =>
      hub.ask("PUT", `/api/v1/users/${encodeURIComponent(name)}`, {
        role: "admin",
        grants: [],
        password: PASSWORD,
      });
    for (const name of ["\u{FF52}oot", "ro\u200Bot", "a/b", "+", "#", "$SYS", "", "a\nb"]) {
      assert.notEqual((await put(name)).status, 204, JSON.stringify(name));
    }
  });

  it("no grant can be written that reaches what is the hub's", async (t) => {
    const { hub } = await plantOf(t, {});

    for (const grant of [
      "publish #",
      "publish +/x",
      "publish $SYS/#",
      "publish $sparkplug/#",
      "publish spBv1.0/#",
      "subscribe #",
      "subscribe $share/g/x",
      "node +/gw",
      "node P1/#",
      "node P1/+",
      "node P1/a/b",
      "host +",
      "host a/b",
      "node P1/gw +",
      "command #",
    ]) {
      const body = { role: "viewer", grants: [grant], password: PASSWORD };
      const answer = await hub.ask("PUT", "/api/v1/users/eve", body);
      assert.equal(answer.status, 409, grant);
    }
  });
});

describe("a command that hides what it commands", { timeout: 180_000 }, () => {
  const topic = "spBv1.0/P1/DCMD/gw/d1";
  it("is refused by alias, by two names, in an envelope, and when it cannot be read", async (t) => {
    const { come } = await plantOf(t, { gw: ["node P1/gw"], scada: ["command P1 Set*"] });
    await using gw = await come("gw");
    await using scada = await come("scada");
    const payload = (...metrics: readonly object[]): Uint8Array => encoded({ metrics });
    const birth = [metric("Setpoint", 1), metric("Speed", 2)];
    await publish(gw, "spBv1.0/P1/NBIRTH/gw", { payload: payload(metric("bdSeq")) });
    await publish(gw, "spBv1.0/P1/DBIRTH/gw/d1", { payload: encoded({ seq: 1, metrics: birth }) });
    const inside = payload(metric("Speed"));
    const envelope = { metrics: [], uuid: "SPBV1.0_COMPRESSED", body: deflateSync(inside) };

    const tries: readonly (readonly [string, Uint8Array, boolean])[] = [
      ["by name", payload(metric("Setpoint")), true],
      ["by alias", payload(metric(undefined, 1)), true],
      ["another one by name", payload(metric("Speed")), false],
      ["another one by alias", payload(metric(undefined, 2)), false],
      ["a name with the alias of another one", payload(metric("Setpoint", 2)), false],
      ["two, of which one may be", payload(metric("Setpoint"), metric("Speed")), false],
      ["in an envelope", encoded(envelope), false],
      ["rubbish", Buffer.from("ffff", "hex"), false],
      ["cut off", inside.subarray(0, inside.length - 2), false],
    ];
    for (const [how, bytes, isAllowed] of tries) {
      assert.equal((await publish(scada, topic, { payload: bytes })) < 0x80, isAllowed, how);
    }
  });
});

function metric(name: string | undefined, alias?: number): object {
  return { name, alias, datatype: "Int32", tellDatatype: true, value: 1, timestamp: 1 };
}

function encoded(payload: {
  seq?: number;
  metrics: readonly object[];
  uuid?: string;
  body?: Uint8Array;
}): Uint8Array {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- also what nobody may send
  const metrics = payload.metrics as Parameters<typeof encodePayload>[0]["metrics"];
  return encodePayload({ timestamp: 1, seq: 0, ...payload, metrics });
}

describe("facts of a certificate or a token", () => {
  const rule: IdentityRule = {
    when: { cn: "{name}" },
    name: "{name}",
    role: "viewer",
    grants: ["node P1/{name}", "publish mes/{name}/#"],
  };
  const uri: IdentityRule = {
    when: { uri: "urn:sparkplug:{group}:{node}" },
    name: "{group}/{node}",
    role: "viewer",
    grants: ["node {group}/{node}"],
  };

  it("that could change a filter, a list or a line are nobody", () => {
    const bad = ["a/b", "+", "#", "a*", "%u", "a,b", 'a"', "a\nb", "a\0", "\u202Egw", "{name}", ""];
    for (const cn of bad) {
      assert.deepEqual([...mappedBy([rule], new Map([["cn", [cn]]]))], [], JSON.stringify(cn));
      const text = `urn:sparkplug:P1:${encodeURIComponent(cn)}`;
      assert.deepEqual([...mappedBy([uri], new Map([["uri", [text]]]))], [], text);
    }
    const [found] = mappedBy([rule], new Map([["cn", ["gw press 1"]]]));
    assert.equal(found?.name, "gw press 1");
  });

  it("are not read in two ways", () => {
    const facts = new Map([["uri", ["urn:sparkplug:P1:a:b"]]]);
    const made = [...mappedBy([uri], facts)].map(({ name }) => name);
    assert.deepEqual(made, ["P1/a:b"]);
    assert.match(
      ruleFault({ ...rule, when: { cn: "{a}{b}" }, name: "{a}" }) ?? "",
      /two places touch/,
    );
    assert.match(ruleFault({ ...rule, name: "{other}" }) ?? "", /stands in none/);
  });
});

describe("over HTTP", { timeout: 180_000 }, () => {
  it("no way of writing a path or a header gets past the login", async (t) => {
    const { hub } = await plantOf(t, {});
    const paths = [
      "/api/v1/users",
      "/%61pi/v1/users",
      "/api/v1/%75sers",
      "/api%2Fv1%2Fusers",
      "//api/v1/users",
      "/api//v1/users",
      "/API/v1/users",
      "/api/v1/users/",
      "/./api/v1/users",
      "/x/../api/v1/users",
      "/x/%2e%2e/api/v1/users",
      "/api/v1/users;x",
      "/api/v1/users%00",
      "/api/v1/users?x=/livez",
      "/api/v1/users#/livez",
      "/livez/../api/v1/users",
      "\\api\\v1\\users",
      "http://127.0.0.1/api/v1/users",
    ];
    for (const path of paths) {
      const answer = await raw(hub.httpPort, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1`);
      assert.doesNotMatch(answer, /"users"/, path);
    }
    for (const header of [
      "X-Original-URL: /api/v1/users",
      "X-Rewrite-URL: /api/v1/users",
      "X-HTTP-Method-Override: DELETE",
      "X-Forwarded-User: root",
      "X-Remote-User: root",
      "Authorization: Basic cm9vdDo=\r\nAuthorization: Bearer x",
      "Authorization: Negotiate x",
    ]) {
      const request = `GET /api/v1/users HTTP/1.1\r\nHost: 127.0.0.1\r\n${header}`;
      assert.match(await raw(hub.httpPort, request), /^HTTP\/1\.1 4/, header);
    }
  });

  it("no request hides behind another one", async (t) => {
    const { hub } = await plantOf(t, {});
    const inner = "GET /api/v1/users HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    for (const head of [
      `Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked`,
      `Content-Length: 0\r\nContent-Length: ${inner.length}`,
      "Transfer-Encoding: xchunked",
      "Transfer-Encoding : chunked",
      `Content-Length: +${inner.length}`,
    ]) {
      const request = `POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}`;
      assert.match(await raw(hub.httpPort, request, inner), /^HTTP\/1\.1 400/, head);
    }
  });

  it("nobody guesses longer by saying that he comes from elsewhere", async (t) => {
    const { hub } = await plantOf(t, {});
    const guess = async (times: number): Promise<number> => {
      const { status } = await fetch(new URL("/api/v1/users", `http://127.0.0.1:${hub.httpPort}`), {
        headers: {
          authorization: `Basic ${Buffer.from("eve:wrong").toString("base64")}`,
          "x-forwarded-for": `10.0.0.${times}`,
          forwarded: `for=10.0.0.${times}`,
        },
      });
      return status;
    };
    // all at once: each that fails doubles how long the next ones have to wait
    await Promise.all(Array.from({ length: 12 }, (_, times) => guess(times)));

    assert.equal(await guess(12), 429);
    const [line] = await hub.untilLogged(/too many failed logins/);
    assert.match(JSON.stringify(line), /"address":"127\.0\.0\.1","name":"eve"/);
    const { bans } = Object(await (await hub.ask("GET", "/api/v1/bans")).json());
    assert.match(JSON.stringify(bans), /"address":"127\.0\.0\.1","name":"eve"/);
  });
});

/** Sends a request as it stands here; answers everything that comes back. */
async function raw(port: number, head: string, body = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`);
  socket.setTimeout(30_000, () => socket.destroy());
  await once(socket, "close");
  return text;
}
