/** `unshub host` at brokers: Mosquitto, which shares no line with ours, and our own hub; with MQTT 3.1.1 and 5. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { decodePayload } from "@unshub/sparkplug";
import { makeCertificate, writeCertificate } from "../support/certificates.ts";
import { RunningCommand, unshub } from "../support/cli.ts";
import { edgeNode, Stranger } from "../support/foreign-plant.ts";
import { HostCommand } from "../support/host-command.ts";
import { startTestHub, tempDir, type Ending } from "../support/hub.ts";
import { mosquittoServer, SKIP_WITHOUT_MOSQUITTO_SERVER } from "../support/mosquitto-server.ts";
import { dbirth, message, nbirth, ndeath, speed } from "../support/sparkplug-messages.ts";

const STATE = "spBv1.0/STATE/scada";

interface Server {
  readonly name: string;
  readonly skip: string | false;
  readonly open: (t: Ending) => Promise<string>;
}

const SERVERS: readonly Server[] = [
  {
    name: "Mosquitto",
    skip: SKIP_WITHOUT_MOSQUITTO_SERVER,
    open: async (t) => (await mosquittoServer(t)).url,
  },
  {
    name: "our hub",
    skip: false,
    open: async (t) => `mqtt://127.0.0.1:${(await startTestHub(t)).mqttPort}`,
  },
];

function hostAt(t: Ending, url: string, ...more: readonly string[]): HostCommand {
  return new HostCommand(t, "--url", url, "--host-id", "scada", ...more);
}

function stateOf(text: string): { online: boolean; timestamp: number } {
  return JSON.parse(text);
}

for (const { name, skip, open } of SERVERS) {
  for (const version of ["3.1.1", "5"]) {
    describe(`unshub host at ${name} with MQTT ${version}`, { skip, timeout: 180_000 }, () => {
      it("says STATE online when it comes and offline when it goes, retained at QoS 1", async (t) => {
        const url = await open(t);
        const watch = await Stranger.open(t, url, STATE);
        const host = hostAt(t, url, "--mqtt", version);

        const { stateAt } = await host.next("online");
        const birth = await watch.heard.next();
        const exitCode = await host.stop();
        const death = await watch.heard.next();
        const late = await Stranger.open(t, url, STATE);
        const kept = await late.heard.next();

        assert.equal(exitCode, 0);
        assert.deepEqual([birth.qos, death.qos, kept.qos, kept.retain], [1, 1, 1, true]);
        assert.deepEqual(stateOf(birth.text), { online: true, timestamp: stateAt });
        assert.equal(stateOf(death.text).online, false);
        assert.ok(stateOf(death.text).timestamp > Number(stateAt));
        assert.equal(kept.text, death.text);
      });

      it("follows an edge node: births, data, a write, a rebirth, deaths", async (t) => {
        const url = await open(t);
        const host = hostAt(t, url, "--mqtt", version);
        await host.next("online");
        const edge = edgeNode(t, url);

        const born = await host.next("birth", { node: "Plant1/gw", device: "press" });
        host.type("write Plant1/gw/press/Speed 900");
        const written = await host.next("write");
        const now = await host.look("Plant1/gw/press/Speed");
        host.type("rebirth Plant1/gw");
        const asked = await host.next("rebirth requested");
        await host.next("birth", { node: "Plant1/gw", device: undefined });
        await host.next("birth", { node: "Plant1/gw", device: "press" });
        await edge.stop();
        await host.next("death", { node: "Plant1/gw", device: undefined });
        const dead = await host.look("Plant1/gw/press/Speed");

        assert.equal(born["metrics"], 1);
        assert.partialDeepStrictEqual(written, { result: "confirmed", value: 900 });
        assert.partialDeepStrictEqual(now, { value: "900", quality: "good" });
        assert.equal(asked["cause"], "asked for");
        assert.partialDeepStrictEqual(dead, { value: "900", quality: "offline" });
      });
    });
  }

  describe(`unshub host at ${name}`, { skip, timeout: 180_000 }, () => {
    it("leaves a Will with the time of its birth to the server", async (t) => {
      const url = await open(t);
      const watch = await Stranger.open(t, url, STATE);
      const command = new RunningCommand(t, ["host", "--url", url, "--host-id", "scada"]);
      await command.until(/online/);
      const birth = await watch.heard.next();

      command.signal("SIGKILL");
      const will = await watch.heard.next();

      const { timestamp } = stateOf(birth.text);
      assert.deepEqual(stateOf(will.text), { online: false, timestamp });
    });

    it("says online again, same time, when somebody says an old offline for it; later when a new one", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url);
      const stateAt = Number((await host.next("online"))["stateAt"]);
      const other = await Stranger.open(t, url, STATE);
      assert.equal(stateOf((await other.heard.next()).text).timestamp, stateAt);

      await other.sayText(STATE, `{"online":false,"timestamp":${stateAt - 5}}`);
      await other.heard.find(({ text }) => !stateOf(text).online);
      const again = await other.heard.next();
      await other.sayText(STATE, `{"online":false,"timestamp":${stateAt + 60_000}}`);
      const misused = await host.next("misused");
      const later = await other.heard.find(
        ({ text }) => stateOf(text).online && stateOf(text).timestamp > stateAt,
      );

      assert.deepEqual(stateOf(again.text), { online: true, timestamp: stateAt });
      assert.match(String(misused["because"]), /another client says "offline"/);
      assert.equal(stateOf(later.text).timestamp, stateAt + 60_001);
    });

    it("waits for a message that is late, then goes on in order and asks for nothing", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url, "--reorder", "60s");
      await host.next("online");
      const edge = await Stranger.open(t, url);

      for (const each of [nbirth(), dbirth(1), speed(3, 3), speed(2, 2)]) await edge.say(each);
      await edge.say(message("DDEATH/e/d", [], 4));
      await host.next("death", { device: "d" });
      const last = await host.look("g/e/d/Motor/Speed");

      assert.equal(last["value"], "3");
      assert.ok(!host.events.all.some(({ event }) => event === "rebirth requested"));
    });

    it("asks for a rebirth when the Reorder Timeout ends, by NCMD at QoS 0, not retained", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url, "--reorder", "20ms");
      await host.next("online");
      const edge = await Stranger.open(t, url, "spBv1.0/g/NCMD/e");

      for (const each of [nbirth(), dbirth(1), speed(3, 3)]) await edge.say(each);
      const asked = await host.next("rebirth requested");
      const command = await edge.heard.next();

      assert.deepEqual([asked["node"], asked["cause"]], ["g/e", "messages missing"]);
      assert.deepEqual([command.qos, command.retain], [0, false]);
      const { seq, metrics } = decodePayload(command.payload);
      assert.equal(seq, undefined);
      assert.equal(metrics[0]?.name, "Node Control/Rebirth");
    });

    it("asks for births of nodes that it does not know, and passes over the death of another session", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url);
      await host.next("online");
      const edge = await Stranger.open(t, url);

      await edge.say(speed(5, 7));
      const asked = await host.next("rebirth requested");
      await edge.say(nbirth(4));
      await edge.say(dbirth());
      await edge.say(ndeath(3));
      await edge.say(ndeath(4));
      await host.next("death");

      assert.equal(asked["cause"], "message before birth");
      assert.equal(host.events.all.filter(({ event }) => event === "death").length, 1);
    });

    it("writes a metric of the edge node itself by NCMD, one of a device by DCMD and its alias", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url);
      await host.next("online");
      const edge = await Stranger.open(t, url, "spBv1.0/g/NCMD/e", "spBv1.0/g/DCMD/e/+");
      await edge.say(nbirth());
      await edge.say(dbirth());
      await host.next("birth", { device: "d" });

      host.type("write g/e/Node%20Control/Rebirth true");
      const ncmd = await edge.heard.next();
      host.type("write g/e/d/Motor/Speed 77");
      const dcmd = await edge.heard.next();

      assert.deepEqual([ncmd.topic, dcmd.topic], ["spBv1.0/g/NCMD/e", "spBv1.0/g/DCMD/e/d"]);
      const [byName] = decodePayload(ncmd.payload).metrics;
      const [byAlias] = decodePayload(dcmd.payload).metrics;
      assert.deepEqual([byName?.name, byName?.alias], ["Node Control/Rebirth", undefined]);
      assert.deepEqual([byAlias?.name, byAlias?.alias], [undefined, 1]);
    });

    it("tells what is no Sparkplug, and goes on", async (t) => {
      const url = await open(t);
      const host = hostAt(t, url);
      await host.next("online");
      const edge = await Stranger.open(t, url);

      await edge.sayText("spBv1.0/STATE/other", "ONLINE");
      const fault = await host.next("fault");
      await edge.sayText("spBv1.0/g/NDATA/e", "no protobuf");
      const undecodable = await host.next("rebirth requested");

      assert.match(String(fault["because"]), /no JSON/);
      assert.equal(undecodable["cause"], "undecodable payload");
    });
  });
}

describe("unshub host", { skip: SKIP_WITHOUT_MOSQUITTO_SERVER, timeout: 180_000 }, () => {
  it("keeps stale what it knew while the server is gone, and comes back with a later STATE", async (t) => {
    const server = await mosquittoServer(t);
    const host = hostAt(t, server.url);
    const first = await host.next("online");
    edgeNode(t, server.url);
    await host.next("birth", { device: "press" });

    await server.kill();
    const stale = await host.next("stale");
    const meanwhile = await host.look("Plant1/gw/press/Speed");
    const node = await host.look("Plant1/gw");
    await host.next("pausing");
    await server.start();
    const second = await host.next("online");
    await host.next("birth", { device: "press" });
    const now = await host.look("Plant1/gw/press/Speed");

    assert.equal(stale["because"], "connection to the server lost");
    assert.partialDeepStrictEqual(meanwhile, {
      value: "1200",
      quality: "stale",
      reason: "connection to the server lost",
    });
    assert.equal(node["state"], "last-known");
    assert.ok(Number(second["stateAt"]) > Number(first["stateAt"]));
    assert.equal(now["quality"], "good");
  });

  it("logs in with the user and password of its URL, and never shows them", async (t) => {
    const server = await mosquittoServer(t, { user: "kit", password: "s3/cret" });
    const url = `mqtt://kit:s3%2Fcret@127.0.0.1:${server.port}`;

    const refused = hostAt(t, server.url);
    const pausing = await refused.next("pausing");
    const host = hostAt(t, url, "--client-id", "second");
    await host.next("online");

    assert.match(String(pausing["because"]), /not authori[sz]ed/i);
    assert.ok(!JSON.stringify(host.events.all).includes("cret"));
  });

  it("remembers the tree and the time of its STATE in --data-dir", async (t) => {
    const { url } = await mosquittoServer(t);
    const dataDir = tempDir(t);
    const first = hostAt(t, url, "--data-dir", dataDir);
    const { stateAt } = await first.next("online");
    const edge = await Stranger.open(t, url, "spBv1.0/g/NCMD/e");
    await edge.say(nbirth());
    await edge.say(dbirth());
    await first.next("birth", { device: "d" });
    await first.stop();

    const second = hostAt(t, url, "--data-dir", dataDir);
    const known = await second.look("g/e/d/Motor/Speed");
    const again = await second.next("online");
    const asked = await second.next("rebirth requested");

    assert.partialDeepStrictEqual(known, { value: "1200", quality: "last-known" });
    assert.ok(Number(again["stateAt"]) > Number(stateAt));
    assert.partialDeepStrictEqual(asked, { node: "g/e", cause: "connected again" });
  });
});

describe("unshub host with certificates", { timeout: 180_000 }, () => {
  it("of births reads from an aware server what it missed, as last known", async (t) => {
    const { mqttPort, hub, until } = await startTestHub(t);
    const url = `mqtt://127.0.0.1:${mqttPort}`;
    const edge = await Stranger.open(t, url);
    await edge.say(nbirth());
    await edge.say(dbirth());
    await until(() => hub.tree.find("g/e/d/Motor/Speed") !== undefined);

    const host = hostAt(t, url, "--certificates");
    await host.next("last known", { node: "g/e", device: "d" });
    const known = await host.look("g/e/d/Motor/Speed");

    assert.partialDeepStrictEqual(known, {
      value: "1200",
      quality: "last-known",
      reason: "as its last birth said, not heard since",
    });
  });

  it("of X.509 speaks TLS with the certificate authority that is named", async (t) => {
    const folder = tempDir(t);
    const ca = makeCertificate("test ca", { isCa: true });
    const server = writeCertificate(folder, makeCertificate("localhost", { signedBy: ca }));
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, ca.cert);
    const { hub } = await startTestHub(t, "", {
      listeners: `{ mqtts: { port: 0, cert: ${server.cert}, key: ${server.key} } }`,
    });
    const url = `mqtts://127.0.0.1:${hub.addresses[0]?.port}`;

    const stranger = hostAt(t, url);
    const pausing = await stranger.next("pausing");
    const host = hostAt(t, url, "--ca", caFile, "--client-id", "second");
    await host.next("online");

    assert.match(String(pausing["because"]), /certificate/);
  });
});

describe("unshub host refuses", () => {
  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["to guess the server", [], /--url, please/],
    ["what is no URL of MQTT", ["--url", "http://u:secret@x"], /not a URL like mqtt:/],
    ["host ids that no topic may hold", ["--host-id", "a/b"], /--host-id: the host id "a\/b"/],
    ["other versions of MQTT", ["--mqtt", "4"], /5 or 3\.1\.1/],
    ["times without a unit", ["--reorder", "20"], /--reorder: "20" is not a duration/],
    ["a certificate without its key", ["--cert", "x"], /belong together/],
    [
      "files that are not there",
      ["--ca", "/no/such/file"],
      /--ca \/no\/such\/file: cannot be read/,
    ],
  ];
  for (const [what, args, says] of mistakes) {
    it(`${what}, and says so without passwords`, async () => {
      const url = args.includes("--url") || args.length === 0 ? [] : ["--url", "mqtt://x"];

      const { exitCode, err, out } = await unshub("host", ...url, ...args);

      assert.equal(exitCode, 2);
      assert.match(err, says);
      assert.ok(!`${err}${out}`.includes("secret"));
    });
  }

  it("the folder of a hub", async (t) => {
    const folder = tempDir(t);
    writeFileSync(join(folder, "broker.db"), "");

    const { exitCode, err } = await unshub("host", "--url", "mqtt://x", "--data-dir", folder);

    assert.deepEqual([exitCode, /folder of a hub/.test(err)], [2, true]);
  });
});
