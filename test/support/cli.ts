/** The command `unshub`, run as a person runs it, or in this process. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { run } from "../../hub/src/cli/run.ts";
import { Bell } from "./bell.ts";

const UNSHUB = join(import.meta.dirname, "../../hub/bin/unshub.js");

export interface CommandResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end in this process. */
export async function unshub(...args: string[]): Promise<CommandResult> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await run(args, {
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    stop: new AbortController().signal,
  });
  return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

/** Runs a command to its end in a process of its own, with more in its environment. */
export async function unshubApart(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [UNSHUB, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => (out += String(data)));
  child.stderr.on("data", (data) => (err += String(data)));
  const exitCode = await new Promise<number>((resolve) => {
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { exitCode, out, err };
}

/** A command that goes on until it is told to stop. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  out = "";
  err = "";
  #hasEnded = false;
  readonly #bell = new Bell();

  /** `env`: more of its environment. */
  constructor(
    t: TestContext,
    args: readonly string[],
    { cwd, env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
  ) {
    this.#child = spawn(process.execPath, [UNSHUB, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
    });
    this.#child.stdout?.on("data", (data) => this.#add("out", String(data)));
    this.#child.stderr?.on("data", (data) => this.#add("err", String(data)));
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        this.#hasEnded = true;
        resolve(code ?? -1);
        this.#bell.ring();
      });
    });
    t.after(() => this.#child.kill("SIGKILL"));
  }

  /** The first match of what it printed on stdout, or logged; rejects when it ends without one. */
  async until(pattern: RegExp, stream: "out" | "err" = "out"): Promise<RegExpExecArray> {
    return await this.#bell.find(() => {
      const match = pattern.exec(this[stream]) ?? undefined;
      if (match === undefined && this.#hasEnded)
        throw new Error(`ended without ${pattern}: ${this.out}${this.err}`);
      return match;
    });
  }

  /** Presses Ctrl-C; resolves with the exit code. */
  async interrupt(): Promise<number> {
    this.signal("SIGINT");
    return await this.#ended;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async end(): Promise<number> {
    return await this.#ended;
  }

  #add(stream: "out" | "err", text: string): void {
    this[stream] += text;
    this.#bell.ring();
  }
}
