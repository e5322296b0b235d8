/** The library as npm would deliver it, used as its README says, in a project that has nothing else of ours. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { startTestBroker } from "../support/mqtt-broker.ts";
import { nodeVersions } from "../support/node-versions.ts";
import { openProject } from "../support/sparkplug-package.ts";

const COMPILER = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
const ADDRESS = "mqtt://127.0.0.1:1883";

const project = openProject();
after(() => project.remove());

/** The programs of the README, as it was delivered. */
const [EDGE = "", HOST = "", CODEC = ""] = [
  ...readFileSync(join(project.library, "README.md"), "utf8").matchAll(/```js\n([\s\S]*?)```/g),
].map(([, program = ""]) => program);

/** Runs a program until the test ends; `says` resolves once it has printed a line with `text`. */
function run(node: string, file: string): AsyncDisposable & { says(text: string): Promise<void> } {
  const child = spawn(node, [file], { cwd: project.folder, stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some((line) => line.includes(text))) resolve();
      };
      waiting.add(look);
      void gone.then(() =>
        reject(new Error(`${file} ended without "${text}":\n${lines.join("\n")}`)),
      );
      look();
    });
  return {
    says,
    [Symbol.asyncDispose]: () => {
      child.kill();
      return gone;
    },
  };
}

describe("what the README shows", { timeout: 180_000 }, () => {
  it("is an edge node and a host of ten lines each, as promised, and a few", () => {
    for (const program of [EDGE, HOST]) {
      const lines = program.split("\n").filter((line) => /\w/.test(line));
      assert.ok(lines.length >= 10 && lines.length <= 15, program);
      assert.ok(program.includes(ADDRESS));
    }
  });

  for (const { version, path } of nodeVersions()) {
    it(`runs word for word in Node ${version}: birth, write, value, death`, async () => {
      await using broker = await startTestBroker();
      const here = (program: string): string =>
        program.replace(ADDRESS, `mqtt://127.0.0.1:${broker.port}`);
      await using host = run(path, project.write("host.mjs", here(HOST)));
      {
        await using edge = run(path, project.write("edge.mjs", here(EDGE)));
        await host.says("{ sent: true }");
        await edge.says("write press Temperature 25");
        await host.says("gw-1 press [");
        await host.says("name: 'Temperature'");
      }
      await host.says("gw-1 press edge node died");
    });
  }

  it("is a codec, too", () => {
    const printed = execFileSync(process.execPath, [project.write("codec.mjs", CODEC)]).toString();

    assert.equal(printed, "n -5\n");
  });

  for (const [how, options] of [
    ["Node", { module: "nodenext", moduleResolution: "nodenext" }],
    ["a bundler", { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"] }],
  ] as const) {
    it(`is right to a strict compiler that resolves as ${how} does`, () => {
      project.write("edge.mts", EDGE);
      project.write("host.mts", HOST);
      project.write("codec.mts", CODEC);
      compile({ ...options, types: ["node"], skipLibCheck: true }, [
        "edge.mts",
        "host.mts",
        "codec.mts",
      ]);
    });
  }
});

/** The declarations of a module of the package. */
function declared(name: string): string {
  return readFileSync(join(project.library, name), "utf8");
}

/** Whether a sentence stands right before the declaration, or it is passed on from elsewhere. */
function isExplained(declarations: string, name: string): boolean {
  const kind = "(?:declare )?(?:class|const|function|interface|type)";
  const [before = "", ...rest] = declarations.split(new RegExp(`^export ${kind} ${name}\\b`, "m"));
  if (rest.length === 0)
    return new RegExp(`export (?:type )?\\{[^}]*\\b${name}\\b`).test(declarations);
  const comment = before.slice(before.lastIndexOf("/**"));
  return comment.trimEnd().endsWith("*/") && /^\/\*\*[\s*]*(?:[A-Z]|`|\d)/.test(comment);
}

function compile(options: object, files: readonly string[]): void {
  const common = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: "es2022" };
  const config = { compilerOptions: { ...common, ...options }, files };
  const path = project.write("tsconfig.json", JSON.stringify(config));
  try {
    execFileSync(process.execPath, [COMPILER, "-p", path]);
  } catch (error) {
    assert.ok(error instanceof Error && "stdout" in error);
    assert.fail(String(error.stdout));
  }
}

describe("the package for npm", () => {
  it("declares its types without Node, DOM or anything after ES2022", () => {
    project.write("all.mts", 'export * from "@unshub/sparkplug";\n');

    const options = { module: "nodenext", lib: ["es2022"], types: [], skipLibCheck: false };
    compile(options, ["all.mts"]);
  });

  it("says in its declarations what everything is that it exports", () => {
    const doors = declared("index.d.ts").matchAll(
      /export (?:type )?\{([^}]*)\} from "\.\/([^"]*)"/g,
    );
    const silent = [...doors].flatMap(([, names = "", module = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter(
          (name) =>
            name !== "" && !isExplained(declared(module.replace(/\.[jt]s$/, ".d.ts")), name),
        ),
    );

    assert.deepEqual(silent, []);
  });

  it("holds JavaScript, declarations, README and licence, and no sources", () => {
    const names = readdirSync(project.library);

    for (const name of ["index.js", "index.d.ts", "README.md", "LICENSE", "package.json"]) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual(
      names.filter((name) => /(?<!\.d)\.ts$|\.map$|tsbuildinfo/.test(name)),
      [],
    );
  });

  it("brings no other package along", () => {
    const installed = readdirSync(join(project.folder, "node_modules"));

    assert.deepEqual(installed.filter((name) => !name.startsWith(".")).toSorted(), [
      "@types",
      "@unshub",
      "mqtt",
    ]);
  });

  it("has nothing that publint would warn of", async () => {
    const { messages, pkg } = await publint({
      pkgDir: project.library,
      strict: true,
      pack: false,
    });

    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });
});
