import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { tempDir } from "../../support/hub.ts";
import { openClient, startHubServer, UNS } from "../../support/opcua-hub-server.ts";

it("says what to do when the port of the OPC UA server is taken", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const address = taken.address();
  assert.ok(typeof address === "object" && address !== null);

  await assert.rejects(startHubServer(t, { port: address.port }), {
    code: "PORT_IN_USE",
    message: new RegExp(
      `OPC UA port ${address.port} at 127.0.0.1 is in use .*listeners.opcua.port`,
    ),
  });
});

it("does not start with a damaged certificate, and names the file", async (t) => {
  const dataDir = tempDir(t);
  const folder = join(dataDir, "protocols", "opcua", "certificate");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "key-and-certificate.pem"), "nonsense");

  await assert.rejects(startHubServer(t, { dataDir }), {
    code: "CERTIFICATE_UNUSABLE",
    message: /key-and-certificate\.pem has no key and certificate/,
  });
});

it("goes on after whatever is sent to its port", async (t) => {
  const { endpoint, server, logged } = await startHubServer(t);
  const { port } = server.address;
  const hello = Buffer.from("HELF");
  const huge = Buffer.concat([hello, Buffer.from([0xff, 0xff, 0xff, 0x7f])]);
  for (const bytes of [Buffer.from("GET / HTTP/1.1\r\n\r\n"), huge, Buffer.alloc(4096, 0xff)]) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.write(bytes);
    socket.resume();
    await once(socket, "close");
  }

  const session = await openClient(t, endpoint);

  assert.ok((await session.readNamespaceArray()).includes(UNS));
  assert.ok(!logged.some(({ level }) => level === "error"));
});
