import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSocket, reconnectDelayMs, type Socket } from "../../uns-browser/lib/socket.ts";
import { FakeHub } from "./fake-hub.ts";

interface Connected {
  readonly hub: FakeHub;
  readonly socket: Socket;
  readonly events: string[];
}

function connect(): Connected {
  const hub = new FakeHub();
  const events: string[] = [];
  const socket = openSocket(hub.world, {
    opened: () => events.push("opened"),
    received: (text) => events.push(text),
    lost: (tries) => events.push(`lost ${tries}`),
  });
  return { hub, socket, events };
}

describe("the line to the hub", () => {
  it("waits not at all, then 1, 2, 4, 8 and at most 15 s", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((tries) => reconnectDelayMs(tries, () => 0.5));

    assert.deepEqual(waits, [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  });

  it("spreads its tries by 20 % to each side", () => {
    assert.equal(
      reconnectDelayMs(2, () => 0),
      800,
    );
    assert.equal(
      reconnectDelayMs(2, () => 0.999_999),
      1200,
    );
  });

  it("tries again until the hub says something, and counts", () => {
    const { hub, events } = connect();
    hub.line.closed();
    assert.equal(hub.time.nextMs, 0);

    hub.time.pass(0);
    hub.line.closed();
    hub.time.pass(999);
    assert.equal(hub.opened, 2);
    hub.time.pass(1);

    assert.equal(hub.opened, 3);
    assert.deepEqual(events, ["lost 1", "lost 2"]);
  });

  it("begins to count anew once the hub has spoken, not when the line merely opens", () => {
    const { hub, events } = connect();
    hub.line.opened();
    hub.line.closed();
    hub.time.pass(0);
    hub.line.opened();
    hub.line.received("hello");
    hub.line.closed();

    assert.deepEqual(events, ["opened", "lost 1", "opened", "hello", "lost 1"]);
  });

  it("hears nothing more of a line it has given up", () => {
    const { hub, socket, events } = connect();
    hub.line.opened();
    socket.restart();
    hub.time.pass(0);

    hub.lines[0]?.received("too late");
    hub.lines[0]?.closed();

    assert.deepEqual(events, ["opened", "lost 1"]);
    assert.equal(hub.opened, 2);
  });

  it("gives up a line that neither opens nor fails", () => {
    const { hub, events } = connect();

    hub.time.pass(8000);

    assert.deepEqual(events, ["lost 1"]);
    assert.equal(hub.opened, 2);
  });

  it("does not wait when somebody is in a hurry", () => {
    const { hub, socket } = connect();
    for (let tries = 0; tries < 5; tries += 1) {
      hub.line.closed();
      hub.time.pass(tries === 4 ? 0 : 15_000);
    }
    const before = hub.opened;

    socket.hurry();

    assert.equal(hub.opened, before + 1);
  });

  it("sends only while the line is open, and opens none after stop", () => {
    const { hub, socket } = connect();
    socket.send('{"op":"pause"}');
    hub.line.opened();
    socket.send('{"op":"resume"}');
    socket.stop();
    hub.time.pass(60_000);

    assert.deepEqual(hub.said, [{ op: "resume" }]);
    assert.equal(hub.opened, 1);
  });
});
