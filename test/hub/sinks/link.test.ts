/** The link itself, between a log on disk and a server that does as it is told. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { encodePayload } from "@unshub/sparkplug";
import { LogCursor } from "../../../hub/src/replay/log/log-cursor.ts";
import { MessageLog } from "../../../hub/src/replay/log/message-log.ts";
import { Ticking } from "../../../hub/src/replay/ticking.ts";
import { sinksSection } from "../../../hub/src/sinks/config/index.ts";
import { SinkFindings } from "../../../hub/src/sinks/findings.ts";
import { LinkFile } from "../../../hub/src/sinks/link/link-file.ts";
import { SparkplugLink } from "../../../hub/src/sinks/link/sparkplug-link.ts";
import { farServer } from "../../support/far-server.ts";
import { tempDir } from "../../support/hub.ts";
import { SILENT_LOG as log } from "../../support/silent-log.ts";

const MIB = 1024 * 1024;
const BD_SEQ = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;

const now = (): number => Date.now();

function linkTo(port: number) {
  const url = `mqtt://127.0.0.1:${port}`;
  const entry = {
    name: "far",
    type: "sparkplug",
    url,
    filter: ["Plant1/#"],
    begin: "oldest",
    every: "10ms",
  };
  const [config] = sinksSection.parse([entry]);
  assert.ok(config?.type === "sparkplug");
  return config;
}

/** For which the disk takes a second each time, by the clock of the link. */
class SlowFile extends LinkFile {
  clock = Date.now();
  saved = 0;

  override async saveBirths(...births: Parameters<LinkFile["saveBirths"]>): Promise<void> {
    await super.saveBirths(...births);
    this.clock += 1000;
    this.saved += 1;
  }
}

function birthAt(timestamp: number): Uint8Array {
  return encodePayload({ timestamp, seq: 0, metrics: [BD_SEQ] });
}

/** A log whose files are written when it is said, and a link that carries it on. */
async function linked(
  t: TestContext,
  more: { readonly file?: LinkFile; readonly now?: () => number } = {},
) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const server = await farServer(t);
  const dataDir = tempDir(t);
  const kept = { keepMs: 3_600_000, maxBytes: MIB, lastValuePerKey: false };
  const messages = new MessageLog({ folder: join(dataDir, "log"), ...kept, log, now });
  const ticking = new Ticking();
  const findings = new SinkFindings(now);
  const link = new SparkplugLink({
    config: linkTo(server.port),
    hubId: "near",
    source: {
      ready: () => messages.ready,
      open: (from, wants) => new LogCursor(messages, { from, wants }, ticking),
      written: () => messages.written,
    },
    file: new LinkFile(join(dataDir, "far")),
    online: () => [],
    requestRebirth: () => undefined,
    findings,
    log,
    now,
    ...more,
  });
  link.start();
  t.after(() => Promise.all([link.stop(), messages.stop()]));
  const say = async (topic: string, payload: Uint8Array): Promise<void> => {
    messages.append({ topic, payload, qos: 0, retain: false, properties: new Uint8Array() });
    t.mock.timers.tick(50);
    await messages.ready;
    t.mock.timers.tick(5000);
    await messages.ready;
  };
  /** Resolves when the link has come to the end of the log. */
  const untilRead = async (): Promise<void> => {
    while (link.state().position <= messages.lastTs) await pause(10);
  };
  while (link.state().status !== "up") await pause(10);
  return { server, messages, link, findings, say, untilRead };
}

describe("a link", { timeout: 30_000 }, () => {
  it("misses nothing when the log drops what is not for the other side", async (t) => {
    const { server, messages, link, findings, say, untilRead } = await linked(t);
    const birth = birthAt(Date.now());
    await say("spBv1.0/Plant1/NBIRTH/gw", birth);
    await untilRead();
    const carried = link.state().position;

    for (let round = 0; round < 5; round += 1) {
      for (let at = 0; at < 10; at += 1) await say("spBv1.0/Plant2/NDATA/gw", Buffer.alloc(50_000));
      await untilRead();
    }
    const oldest = messages.cutAt(carried);
    await say("spBv1.0/Plant1/NDEATH/gw", birth);
    await server.until(() => server.got.some(({ cmd }) => cmd === "disconnect"));

    assert.ok(oldest !== undefined);
    assert.deepEqual(findings.findings(), []);
    assert.equal(link.state().status, "up");
  });

  it("writes births the more seldom the longer that takes", async (t) => {
    const file = new SlowFile(join(tempDir(t), "far"));
    const { say, untilRead } = await linked(t, { file, now: () => file.clock });
    const born = async (node: number): Promise<void> => {
      file.clock += 100;
      await say(`spBv1.0/Plant1/NBIRTH/gw-${node}`, birthAt(file.clock));
      await untilRead();
    };
    await born(0);
    while (file.saved === 0) await pause(10);

    for (let node = 1; node < 10; node += 1) await born(node);
    const { saved } = file;
    file.clock += 20_000;
    while (file.saved === saved) await pause(10);

    assert.equal(saved, 1);
    assert.equal(file.read().nodes.length, 10);
  });
});
