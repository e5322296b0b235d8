import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import ModbusRTU from "modbus-serial";
import { run } from "../../../hub/src/cli/run.ts";
import { unshub } from "../../support/cli.ts";
import { freePort } from "../../support/free-port.ts";
import { tempDir } from "../../support/hub.ts";

function fileOf(t: TestContext, ports: readonly number[]): string {
  const file = join(tempDir(t), "unshub.yaml");
  const entries = ports.map(
    (port, index) => `  - name: press${index}
    protocol: modbus
    group: Plant1
    edgeNode: gw-${index}
    link: { host: 10.0.0.${index + 1}, port: ${port} }
    devices:
      - name: press-0${index}
        unit: 1
        groups: { all: { interval: 1s } }
        tags: [{ name: A, at: "hr:0", type: uint16, access: rw }]
`,
  );
  writeFileSync(file, `listeners: { http: { port: 0 } }\nadapters:\n${entries.join("")}`);
  return file;
}

/** The command in this process, with lines typed into it one after the other. */
function typing(args: readonly string[]) {
  const stop = new AbortController();
  const out: string[] = [];
  const typed: string[] = [];
  let wakeReader: (() => void) | undefined;
  let wakeWaiter: (() => void) | undefined;
  const ended = run(["simulate", ...args], {
    print: (line) => {
      out.push(line);
      wakeWaiter?.();
    },
    complain: (line) => out.push(line),
    stop: stop.signal,
    lines: async function* lines() {
      for (;;) {
        const line = typed.shift();
        if (line !== undefined) yield line;
        else await new Promise<void>((resolve) => (wakeReader = resolve));
      }
    },
  });
  return {
    out,
    type: (line: string) => {
      typed.push(line);
      wakeReader?.();
    },
    until: async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const match = pattern.exec(out.join("\n"));
        if (match !== null) return match;
        await new Promise<void>((resolve) => (wakeWaiter = resolve));
      }
    },
    end: async (): Promise<number> => {
      stop.abort();
      return await ended;
    },
  };
}

async function readOne(port: number): Promise<string> {
  const client = new ModbusRTU.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  client.setTimeout(60_000); // each of them answers
  try {
    const { data } = await client.readHoldingRegisters(0, 1);
    return `value ${data.length}`;
  } catch (error) {
    return error instanceof Error || typeof error === "object"
      ? String(Reflect.get(error ?? {}, "message"))
      : "";
  } finally {
    await new Promise<void>((resolve) => client.close(() => resolve()));
  }
}

describe("unshub simulate", { timeout: 180_000 }, () => {
  it("serves every entry, makes devices ill and well by what is typed, and ends with Ctrl-C", async (t) => {
    const port = await freePort();
    const command = typing(["-c", fileOf(t, [port])]);
    await command.until(/press-00$/m);

    const before = await readOne(port);
    command.type("fault press-00 exceptions 6");
    await command.until(/^press-00: exceptions 6$/m);
    const ill = await readOne(port);
    command.type("fault all none");
    await command.until(/^all: none$/m);
    const after = await readOne(port);
    const exitCode = await command.end();

    assert.match(
      command.out[0] ?? "",
      new RegExp(`127.0.0.1:${port} for 10.0.0.1:${port}: press-00`),
    );
    assert.deepEqual([before, after], ["value 1", "value 1"]);
    assert.match(ill, /exception 6/i);
    assert.equal(exitCode, 0);
    await assert.rejects(readOne(port), { code: "ECONNREFUSED" });
  });

  it("gives the next port to a device whose port is taken by another one of the plant", async (t) => {
    const port = await freePort();
    const command = typing(["-c", fileOf(t, [port, port])]);

    const [, second] = await command.until(/127\.0\.0\.1:(\d+) for 10\.0\.0\.2:\d+: press-01/);
    await command.end();

    assert.equal(Number(second), port + 1);
  });

  it("writes a copy of the configuration that finds it, comments kept", async (t) => {
    const port = await freePort();
    const file = fileOf(t, [port]);
    const copy = join(file, "../trial.yaml");
    writeFileSync(file, `# ours\n${readFileSync(file, "utf8")}`);
    const command = typing(["-c", file, "--write", copy]);
    await command.until(/press-00$/m);
    await command.end();

    const checked = await unshub("check", "-c", copy);
    const elsewhere = await unshub("simulate", "-c", file, "--write", join(tempDir(t), "x.yaml"));

    assert.match(readFileSync(copy, "utf8"), /^# ours$/m);
    assert.match(checked.out, new RegExp(`^press0: 127\\.0\\.0\\.1:${port}, `, "m"));
    assert.equal(elsewhere.exitCode, 2);
    assert.match(elsewhere.err, /another file in the folder of/);
  });

  it("explains what it does not understand, and goes on", async (t) => {
    const port = await freePort();
    const command = typing(["-c", fileOf(t, [port])]);
    command.type("fault press-00 sleepy");
    await command.until(/fault DEVICE\|all slow 500ms/);
    command.type("fault nobody silent");
    await command.until(/there is no device "nobody"/);

    assert.equal(await readOne(port), "value 1");
    assert.equal(await command.end(), 0);
  });

  it("says which port another program has, exit 1", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    t.after(() => server.close());

    const { exitCode, err } = await unshub("simulate", "-c", fileOf(t, [port]));

    assert.equal(exitCode, 1);
    assert.match(err, new RegExp(`cannot listen at 127.0.0.1:${port}: .*EADDRINUSE`));
  });
});
