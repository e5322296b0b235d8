/** Modbus servers of others: libmodbus (in C, compiled here) and pymodbus. In CI they must be there. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEBIAN_PYTHON } from "./debian-python.ts";

const isCi = process.env["CI"] !== undefined;
const works = (program: string, ...words: string[]): boolean =>
  spawnSync(program, words, { stdio: "ignore" }).status === 0;

/** Why their tests are skipped here; `false` when they run, as always in CI. */
export const LIBMODBUS_MISSING =
  isCi ||
  (works("gcc", "--version") &&
    works("gcc", "-E", "-include", "modbus/modbus.h", "-x", "c", "/dev/null"))
    ? false
    : "gcc and libmodbus-dev are not installed";
export const PYMODBUS_MISSING =
  isCi || works(DEBIAN_PYTHON, "-c", "import pymodbus")
    ? false
    : "python3-pymodbus is not installed";
export const SOCAT_MISSING = isCi || works("socat", "-V") ? false : "socat is not installed";

/** A server in a process of its own. */
export interface OtherServer extends AsyncDisposable {
  /** 0 on a serial line. */
  readonly port: number;
}

/** A server of libmodbus over TCP, or on the serial port at `path`. `words`: its first holding registers. */
export async function openLibmodbus(words: readonly number[], path?: string): Promise<OtherServer> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-libmodbus-"));
  const program = join(folder, "server");
  const source = new URL("libmodbus-server.c", import.meta.url).pathname;
  execFileSync("gcc", ["-O1", "-Wall", "-Werror", "-o", program, source, "-lmodbus"]);
  const where = path === undefined ? ["tcp", "-"] : ["rtu", path];
  return started(spawnQuiet(program, [...where, ...words.map(hex)]), () =>
    rmSync(folder, { recursive: true }),
  );
}

/** A server of pymodbus: Modbus TCP, or RTU frames over TCP. */
export function openPymodbus(
  framing: "tcp" | "rtu",
  words: readonly number[],
): Promise<OtherServer> {
  const source = new URL("pymodbus-server.py", import.meta.url).pathname;
  return started(spawnQuiet(DEBIAN_PYTHON, [source, framing, "-", ...words.map(hex)]));
}

const hex = (word: number): string => word.toString(16);

function spawnQuiet(program: string, words: readonly string[]) {
  return spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
}

async function started(
  child: ChildProcess,
  ended: () => void = () => undefined,
): Promise<OtherServer> {
  const exited = once(child, "exit");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.stdout?.once("data", (said: Buffer) => resolve(said.toString()));
  child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  child.once("error", reject);
  const said = await promise;
  return {
    port: Number.parseInt(said, 10) || 0,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
      ended();
    },
  };
}
