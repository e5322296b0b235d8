/** What libraries bring along stays out of the hub's memory, and they work all the same. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const HUB = join(import.meta.dirname, "../../hub");

/** In a process of its own, as the hub does it: what is loaded here was loaded without it. */
async function asked(script: string): Promise<unknown> {
  const first = `import { leanLibraries } from "./src/lean-libraries.ts"; leanLibraries();`;
  const args = ["--input-type=module", "-e", `${first}\n${script}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: HUB });
  return JSON.parse(stdout);
}

describe("lean libraries", () => {
  it("leaves out zod's messages in other languages; those in English stay", async () => {
    const script = `const { z } = await import("zod");
      const { error } = z.object({ port: z.number() }).safeParse({ port: "1883" });
      console.log(JSON.stringify([Object.keys(z.locales), error.issues[0].message]));`;

    assert.deepEqual(await asked(script), [[], "Invalid input: expected number, received string"]);
  });

  it("lets mqtt-packet read with the streams of Node instead of a copy", async () => {
    const script = `import { Duplex } from "node:stream";
      import { createRequire } from "node:module";
      const { parser } = await import("mqtt-packet");
      const nearPacket = createRequire(createRequire(import.meta.url).resolve("mqtt-packet"));
      const commands = [];
      const reading = parser({ protocolVersion: 4 });
      reading.on("packet", ({ cmd }) => commands.push(cmd));
      for (const byte of [0xc0, 0x00, 0xe0, 0x00]) reading.parse(Buffer.from([byte]));
      const { prototype } = nearPacket("bl");
      console.log(JSON.stringify([prototype instanceof Duplex, commands]));`;

    assert.deepEqual(await asked(script), [true, ["pingreq", "disconnect"]]);
  });

  it("leaves out HTTP and TLS, which a hub without such listeners does not need", async () => {
    const script = `await import("./src/cli/start.ts");
      const heavy = ["http", "https", "tls", "_tls_wrap", "_http_server"];
      const loaded = process.moduleLoadList.map((name) => name.split(" ")[1]);
      console.log(JSON.stringify(heavy.filter((name) => loaded.includes(name))));`;

    assert.deepEqual(await asked(script), []);
  });
});
