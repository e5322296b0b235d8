import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import type { HubMessage } from "../../../hub/src/feed/protocol.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";

const HELLO = JSON.stringify({ op: "hello", v: 1, ui: "test" });

/** A page without a browser. */
async function openLive(port: number, origin = `http://127.0.0.1:${port}`) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, "uns.v1", { origin });
  const frames = new Inbox<HubMessage>();
  socket.on("message", (data) => {
    const frame: HubMessage = JSON.parse(Buffer.isBuffer(data) ? data.toString() : "null");
    frames.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  await opened;
  return {
    socket,
    frames,
    closed,
    send: (message: object) => socket.send(JSON.stringify(message)),
  };
}

describe("the live feed", () => {
  it("greets, then gives a view in full and its changes", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { hub, httpPort, until } = await startTestHub(t, pressAdapter(plc.port));
    const path = "Plant1/gw-press/press-01/Hydraulics/Pressure";
    await until(() => hub.tree.find(path) !== undefined);
    const id = hub.tree.find(path) ?? 0;
    const { socket, frames, send } = await openLive(httpPort);
    socket.send(HELLO);
    const welcome = await frames.find((frame) => frame.op === "welcome");
    assert.ok(welcome.op === "welcome" && welcome.hub === "test" && welcome.maxRows === 400);

    send({ op: "view", g: 3, rows: [id] });
    const first = await frames.find((frame) => frame.op === "d");
    assert.ok(first.op === "d" && first.g === 3);
    assert.deepEqual(first.u.slice(0, 3), [id, 120, 2]);
    send({ op: "ack", s: first.s });
    Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 121 });
    const second = await frames.find((frame) => frame.op === "d");

    assert.ok(second.op === "d" && second.s > first.s);
    assert.deepEqual(second.u.slice(0, 2), [id, 121]);
    socket.close();
  });

  const misuse: readonly (readonly [
    what: string,
    frames: readonly (string | Buffer)[],
    says: RegExp,
  ])[] = [
    ["says no hello", ['{"op":"pause"}'], /hello first/],
    ["sends no JSON", [HELLO, "{"], /not JSON/],
    ["sends what is no message", [HELLO, '{"op":"fly"}'], /no message of uns\.v1/],
    ["sends binary", [Buffer.of(1)], /text, not binary/],
    [
      "floods",
      [HELLO, ...Array.from({ length: 100 }, () => '{"op":"resume"}')],
      /messages a second/,
    ],
  ];
  for (const [what, sent, says] of misuse) {
    it(`closes a page that ${what}, with a sentence`, async (t) => {
      const { httpPort } = await startTestHub(t);
      const { socket, closed } = await openLive(httpPort);

      for (const frame of sent) socket.send(frame);

      const { code, reason } = await closed;
      assert.equal(code, 1008);
      assert.match(reason, says);
    });
  }

  it("closes a page that stays silent, so that it does not hold a place for ever", async (t) => {
    const { httpPort } = await startTestHub(t);
    const { closed } = await openLive(httpPort);

    const { code, reason } = await closed;

    assert.equal(code, 1008);
    assert.match(reason, /no hello within 5 s/);
  });

  it("takes 64 pages and sends the next one away", async (t) => {
    const { httpPort } = await startTestHub(t);
    const pages = await Promise.all(Array.from({ length: 64 }, () => openLive(httpPort)));
    for (const { socket } of pages) socket.send(HELLO); // a silent one loses its place after a while

    const { closed } = await openLive(httpPort);

    assert.equal((await closed).code, 1013);
    for (const { socket } of pages) socket.terminate();
  });

  it("is closed to pages of others", async (t) => {
    const { httpPort } = await startTestHub(t);

    await assert.rejects(openLive(httpPort, "http://evil.example"), /403/);
  });
});
