/** What a page gets and owes as time passes, over a real WebSocket; seconds are passed by hand. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { Feed, Sight } from "../../../hub/src/feed/index.ts";
import type { HubMessage } from "../../../hub/src/feed/protocol.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

const SECOND = 1000;

/** A page that has said hello and looks at one metric, and has the first frame of it. */
async function lookingPage(t: TestContext, build = () => "b") {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const feed = new Feed({
    tree,
    hubId: "hub",
    build,
    epoch: "e",
    log: SILENT_LOG,
    now: () => Date.now(),
    messagesIn: () => 0,
  });
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  t.after(() => {
    feed.stop();
    server.close();
  });
  const viewer = { sight: () => new Sight(tree, EVERYTHING), role: () => "viewer" };
  server.on("connection", (socket) => feed.accept(socket, viewer));
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `ws://127.0.0.1:${address.port}`;
  const socket = new WebSocket(url);
  t.after(() => socket.terminate());
  const frames = new Inbox<HubMessage>();
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString())));
  await once(socket, "open");
  const send = (message: object): void => socket.send(JSON.stringify(message));
  send({ op: "hello", v: 1, ui: "test" });
  send({ op: "view", g: 1, rows: [tree.find("g/e/d/Motor/Speed") ?? 0] });
  await frames.find(({ op }) => op === "welcome");
  /** The hub has heard what was sent before once it answers a ping. */
  const heard = async (): Promise<void> => {
    socket.ping();
    await once(socket, "pong");
  };
  await heard();
  t.mock.timers.tick(100);
  await frames.find(({ op }) => op === "d");
  const pass = (seconds: number): void => {
    for (let left = seconds; left > 0; left -= 1) t.mock.timers.tick(SECOND);
  };
  return { url, socket, send, heard, pass };
}

describe("a page that gets frames", () => {
  it("is sent away when it acknowledges nothing for half a minute", async (t) => {
    const { socket, pass } = await lookingPage(t);
    const closed = once(socket, "close");

    pass(32);

    const [code, reason] = await closed;
    assert.equal(code, 1013);
    assert.match(String(reason), /nothing was acknowledged for 30 s/);
  });

  it("may be late, and may be hidden", async (t) => {
    const { socket, send, heard, pass } = await lookingPage(t);
    pass(25);
    send({ op: "ack", s: 1 });
    await heard();
    pass(25);
    send({ op: "hide" });
    await heard();

    pass(40);

    await heard();
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  it("is told how the hub is, and what time there, once a second, hidden every ten", async (t) => {
    const { socket, send, heard, pass } = await lookingPage(t);
    const begun = Date.now();
    const times: number[] = [];
    socket.on("message", (data: Buffer) => {
      const [, time] = /"op":"stat","t":(\d+)/.exec(data.toString()) ?? [];
      if (time !== undefined) times.push(Number(time));
    });
    pass(10);
    await heard();
    const seen = times.length;
    send({ op: "hide" });
    await heard();

    pass(20);
    await heard();

    assert.deepEqual([seen, times.length - seen], [10, 2]);
    assert.ok(times.every((time) => time >= begun && time <= Date.now()));
  });

  it("does not end with another one that the hub cannot serve", async (t) => {
    let isBroken = false;
    const build = (): string => {
      if (isBroken) throw new Error("broken for the test");
      return "b";
    };
    const { url, socket, heard } = await lookingPage(t, build);
    isBroken = true;

    const other = new WebSocket(url);
    await once(other, "open");
    other.send(JSON.stringify({ op: "hello", v: 1, ui: "test" }));
    const [code, reason] = await once(other, "close");

    assert.equal(code, 1011);
    assert.doesNotMatch(String(reason), /broken for the test/);
    await heard();
    assert.equal(socket.readyState, WebSocket.OPEN);
  });
});
