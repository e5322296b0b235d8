/** An OPC UA server that shares no code with ours: asyncua, in Python. In CI it must be there. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const PYTHON = resolve(import.meta.dirname, "../../.venv/bin/python");
const SERVER = resolve(import.meta.dirname, "asyncua-server.py");

/** Why its tests are skipped here; `false` when they run, as always in CI. */
export const ASYNCUA_MISSING =
  process.env["CI"] !== undefined ||
  spawnSync(PYTHON, ["-c", "import importlib.util as u, sys; sys.exit(not u.find_spec('asyncua'))"])
    .status === 0
    ? false
    : "asyncua is not installed: python3 -m venv .venv && .venv/bin/pip install asyncua==2.1.0";

/** The namespace of its nodes. */
export const ASYNCUA = "urn:unshub:asyncua";

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
    this.#tell(`set ${name} ${value}`);
  }

  setStatus(name: string, code: number): void {
    this.#tell(`status ${name} ${code.toString(16)}`);
  }

  delete(name: string): void {
    this.#tell(`delete ${name}`);
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

  #tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}
