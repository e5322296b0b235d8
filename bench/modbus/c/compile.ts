/** Compiles the C programs of this bench, where the machine can: gcc, and for the client the headers of libmodbus. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the programs are; `undefined`: this machine cannot make it, and `missing` says why. */
export interface Programs extends Disposable {
  readonly plc: string | undefined;
  readonly client: string | undefined;
  readonly missing: readonly string[];
}

/** The version that is installed, for what is kept. */
export function libmodbusVersion(): string | undefined {
  const found = spawnSync("pkg-config", ["--modversion", "libmodbus"], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Compiles into a folder that goes with the result. */
export function compilePrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), "unshub-bench-modbus-"));
  const missing: string[] = [];
  const compile = (name: string, ...libraries: readonly string[]): string | undefined => {
    const source = join(import.meta.dirname, `${name}.c`);
    const program = join(folder, name);
    const args = ["-O2", "-Wall", "-o", program, source, ...libraries];
    const { status, stderr, error } = spawnSync("gcc", args, { encoding: "utf8" });
    if (status === 0 && existsSync(program)) return program;
    const [because] = (error?.message ?? stderr).split("\n");
    missing.push(`${name}.c was not compiled (${because}): apt-get install gcc libmodbus-dev`);
    return undefined;
  };
  return {
    plc: compile("plc"),
    client: compile("client", "-lmodbus"),
    missing,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
