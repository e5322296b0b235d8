/**
 * An OPC UA server that shares no code with ours: asyncua, in Python. It is in no Debian package, so CI has only recordings
 * of it (`opcua-replay.ts`); a developer who installs it runs it live.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { MetricValue } from "@unshub/sparkplug";

const PYTHON = resolve(import.meta.dirname, "../../.venv/bin/python");
const SERVER = resolve(import.meta.dirname, "asyncua-server.py");

/** Why its tests are skipped here; `false` when they run. */
export const ASYNCUA_MISSING =
  spawnSync(PYTHON, ["-c", "import importlib.util as u, sys; sys.exit(not u.find_spec('asyncua'))"])
    .status === 0
    ? false
    : "asyncua is not installed: python3 -m venv .venv && .venv/bin/pip install asyncua==2.1.0";

/** The namespace of its nodes. */
export const ASYNCUA = "urn:unshub:asyncua";

/** What its nodes say at first, as the adapter must show it. */
export const ASYNCUA_VALUES: Readonly<
  Record<string, readonly [datatype: string, value: MetricValue]>
> = {
  Yes: ["Boolean", true],
  Small: ["Int8", -7],
  Byte: ["UInt8", 200],
  Int16: ["Int16", -30_000],
  UInt16: ["UInt16", 60_000],
  Int32: ["Int32", -2_000_000_000],
  UInt32: ["UInt32", 4_000_000_000],
  Int64: ["Int64", -9_007_199_254_740_993n],
  UInt64: ["UInt64", 18_446_744_073_709_551_615n],
  Float: ["Float", 23.5],
  Double: ["Double", -0.1],
  Text: ["String", "Grüße, 世界"],
  When: ["DateTime", Date.UTC(2024, 1, 29, 12, 30, 15, 250)],
  Id: ["UUID", "12345678-1234-5678-1234-567812345678"],
  Bytes: ["Bytes", Uint8Array.of(0, 255, 16)],
  Local: ["String", "Pumpe"],
  Doubles: ["DoubleArray", [1.5, -2.5]],
  Texts: ["StringArray", ["a", "b"]],
};

export class AsyncuaServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** `port`: 0 (default) takes a free one. */
  static async start(port = 0): Promise<AsyncuaServer> {
    const folder = mkdtempSync(join(tmpdir(), "unshub-asyncua-"));
    const args = [SERVER, folder, String(port)];
    const child = spawn(PYTHON, args, { stdio: ["pipe", "pipe", "inherit"] });
    const [line]: unknown[] = await once(createInterface(child.stdout), "line");
    return new AsyncuaServer(Number(line), child, folder);
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  set(name: string, value: number): void {
    this.tell(`set ${name} ${value}`);
  }

  setStatus(name: string, code: number): void {
    this.tell(`status ${name} ${code.toString(16)}`);
  }

  delete(name: string): void {
    this.tell(`delete ${name}`);
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A line as `asyncua-server.py` takes it. */
  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}
