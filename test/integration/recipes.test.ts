/** The recipes for programs that Debian has, word for word, against a hub. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it, type TestContext } from "node:test";
import { DEBIAN_PYTHON } from "../support/debian-python.ts";
import { freePort } from "../support/free-port.ts";
import { startTestHub, tempDir } from "../support/hub.ts";
import { mqttListener } from "../support/mqtt-listener.ts";
import { SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";
import { blocksOf } from "../support/recipe.ts";
import { edgeNodeClient, metric } from "../support/sink-hub.ts";

const RECIPES = join(import.meta.dirname, "../../docs/recipes");
const isCi = process.env["CI"] !== undefined;
const hasPaho = spawnSync(DEBIAN_PYTHON, ["-c", "import paho.mqtt.client"]).status === 0;
const hasJinja = spawnSync(DEBIAN_PYTHON, ["-c", "import jinja2, yaml"]).status === 0;
const SKIP_JINJA =
  hasJinja || isCi
    ? false
    : "No Jinja2 for Python. Debian: apt-get install python3-jinja2 python3-yaml.";
const hasPrometheus = spawnSync("prometheus", ["--version"]).error === undefined;
const SKIP_PYTHON =
  hasPaho || isCi ? false : "No paho for Python. Debian: apt-get install python3-paho-mqtt.";
const SKIP_PROMETHEUS =
  hasPrometheus || isCi ? false : "No prometheus. Debian: apt-get install prometheus.";
const PRESSURE = "Plant1/gw/press/Hydraulics/Pressure";

/** Reads a configuration of Home Assistant and payloads; says what its templates make of them. */
const RENDER = `
import json, sys, jinja2, yaml
read = json.load(sys.stdin)
mqtt = yaml.safe_load(read["config"])["mqtt"]
state, pressure, running = read["payloads"]
def made(entity, payload):
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(entity["value_template"])
    return template.render(value=payload, value_json=json.loads(payload))
sensor, binary = mqtt["sensor"][0], mqtt["binary_sensor"][0]
print(json.dumps({
    "sensor": made(sensor, pressure).removesuffix(".0"),
    "available": made(sensor["availability"][0], state),
    "running": made(binary, running),
    "payloadOn": binary["payload_on"],
    "payloadOff": binary["payload_off"],
}))
`;

/** A hub with plain topics and a press; it goes on saying new pressures until the test ends. */
async function pressHub(t: TestContext) {
  const hub = await startTestHub(t, "", {
    more: "uns: { projection: {} }",
    listeners: "{ mqtt: { port: 0 }, http: { port: 0 }, metrics: { port: 0 } }",
  });
  const metrics = hub.hub.addresses.find(({ kind }) => kind === "metrics")?.port ?? 0;
  const node = await edgeNodeClient(t, hub.mqttPort);
  const unit = { key: "engUnit", datatype: "String", value: "bar" } as const;
  const pressure = (value: number) => ({
    ...metric("Hydraulics/Pressure", "Double", value, Date.now()),
    properties: [unit],
  });
  const running = metric("Status/Running", "Boolean", true, Date.now());
  await node.born(Date.now(), [pressure(100), running]);
  let value = 100;
  const timer = setInterval(() => {
    value += 1;
    void node.data(Date.now(), [pressure(value)]).catch(() => undefined); // the hub may have stopped
  }, 100);
  t.after(() => clearInterval(timer));
  return { hub, ports: { mqtt: hub.mqttPort, http: hub.httpPort, metrics } };
}

/** The first line that a program prints that fits; the program ends with the test. */
async function lineOf(
  t: TestContext,
  [program = "", ...args]: readonly string[],
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  t.after(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  });
  let complaints = "";
  child.stderr.on("data", (data) => (complaints += String(data)));
  for await (const line of createInterface({ input: child.stdout })) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  throw new Error(`${program} ended without ${pattern}: ${complaints}`);
}

describe("docs/recipes", { timeout: 180_000 }, () => {
  it("lists each recipe with whether it was tried, as the recipe itself says", () => {
    const index = readFileSync(join(RECIPES, "README.md"), "utf8");
    const files = readdirSync(RECIPES).filter((name) => name !== "README.md");

    for (const file of files) {
      const [, tried = ""] = new RegExp(`\\]\\(${file}\\) \\| ([^|]+) \\|`).exec(index) ?? [];
      const text = readFileSync(join(RECIPES, file), "utf8");
      assert.notEqual(tried, "", `${file} is not in README.md`);
      if (tried.trim() === "not") assert.match(text, /\n\n?Not tried/, file);
      else assert.match(text, /tried/i, file);
    }
    assert.equal([...index.matchAll(/\]\([\w-]+\.md\) \|/g)].length, files.length);
  });

  it(
    "mosquitto_sub prints values, with unit, and Sparkplug",
    { skip: SKIP_WITHOUT_MOSQUITTO },
    async (t) => {
      const { ports } = await pressHub(t);
      const [all = "", unit = "", sparkplug = "", lasting = ""] = blocksOf(
        "mosquitto.md",
        "sh",
        ports,
      );
      const run = (line: string, pattern: RegExp) =>
        lineOf(t, ["sh", "-c", line.replace("gw-press/press-01", "gw/press")], pattern);

      await run(all, /^Plant1\/gw\/press\/Hydraulics\/Pressure \{"value":\d+,/);
      await run(unit, /^Plant1\/gw\/press\/Hydraulics\/Pressure \{.*\} .*unit:bar/);
      await run(sparkplug, /^spBv1\.0\/Plant1\/DDATA\/gw\/press \d+ bytes/);
      await run(lasting, /Pressure \{"value":\d+,/);
    },
  );

  it("Python prints values as they come, and reads the past", { skip: SKIP_PYTHON }, async (t) => {
    const { ports } = await pressHub(t);
    const [live = "", past = ""] = blocksOf("python.md", "python", ports);

    await lineOf(
      t,
      [DEBIAN_PYTHON, "-c", live],
      /^20\S+Z Plant1\/gw\/press\/Hydraulics\/Pressure \d+ bar Good$/,
    );
    const path = "Plant1/gw-press/press-01/Hydraulics/Pressure";
    assert.ok(past.includes(path));
    await lineOf(t, [DEBIAN_PYTHON, "-c", past.replace(path, PRESSURE)], /^\d{13} \d+ good$/);
  });

  it(
    "Home Assistant's templates make of what the hub publishes what its entities take",
    { skip: SKIP_JINJA },
    async (t) => {
      const { ports } = await pressHub(t);
      const heard = await mqttListener(t, `mqtt://127.0.0.1:${ports.mqtt}`, "Plant1/#");
      const topics = ["_state", "Hydraulics/Pressure", "Status/Running"];
      const payload = (end: string) =>
        heard.got.find(({ topic }) => topic === `Plant1/gw/press/${end}`)?.text;
      await heard.until(() => topics.every((end) => payload(end) !== undefined));
      const [config = ""] = blocksOf("home-assistant.md", "yaml");
      const input = JSON.stringify({ config, payloads: topics.map(payload) });

      const { stdout, stderr } = spawnSync(DEBIAN_PYTHON, ["-c", RENDER], {
        input,
        encoding: "utf8",
      });

      assert.equal(stderr, "");
      const { sensor, available, running, payloadOn, payloadOff } = JSON.parse(stdout);
      assert.match(sensor, /^1\d\d$/);
      assert.deepEqual(
        [available, running, payloadOn, payloadOff],
        ["online", "True", "True", "False"],
      );
      const used = config.matchAll(/topic: Plant1\/gw-press\/press-01\/(\S+)/g);
      const named = Array.from(used, ([, end = ""]) => end.replace(/\/set$/, ""));
      assert.deepEqual(new Set(named), new Set([...topics, "Hydraulics/Setpoint"]));
    },
  );

  it(
    "Prometheus scrapes the hub, and knows every metric of the rules",
    { skip: SKIP_PROMETHEUS },
    async (t) => {
      const { ports } = await pressHub(t);
      const [config = "", rules = ""] = blocksOf("prometheus.md", "yaml", ports);
      const folder = tempDir(t);
      const port = await freePort();
      writeFileSync(join(folder, "prometheus.yml"), config.replace("15s", "1s"));
      writeFileSync(join(folder, "unshub-rules.yml"), rules);
      const checked = spawnSync("promtool", ["check", "config", join(folder, "prometheus.yml")], {
        encoding: "utf8",
      });
      const child = spawn(
        "prometheus",
        [
          `--config.file=${folder}/prometheus.yml`,
          `--storage.tsdb.path=${folder}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: "ignore" },
      );
      const ended = once(child, "close");
      t.after(async () => {
        child.kill("SIGKILL");
        await ended;
      });
      const ask = async (question: string): Promise<ReturnType<typeof JSON.parse>> => {
        const url = `http://127.0.0.1:${port}/api/v1/${question}`;
        const answer = await fetch(url).catch(() => undefined); // it is not up yet
        return answer?.ok === true ? JSON.parse(await answer.text()).data : [];
      };
      const query = async (expression: string): Promise<ReturnType<typeof JSON.parse>> =>
        (await ask(`query?query=${encodeURIComponent(expression)}`)).result ?? [];
      let found = [];
      while (found.length === 0) {
        await pause(100);
        found = await query('unshub_sparkplug_node_online{group="Plant1", node="gw"} == 1');
      }
      const up = await query('up{job="unshub"}');
      const inOpenMetrics = await ask("targets/metadata?metric=process_cpu_seconds"); // its name there
      const metrics = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();

      assert.equal(checked.status, 0, checked.stdout + checked.stderr);
      assert.equal(up[0].value[1], "1");
      assert.deepEqual([inOpenMetrics[0].type, inOpenMetrics[0].unit], ["counter", "seconds"]);
      const names = new Set(rules.match(/unshub_\w+/g));
      assert.deepEqual(
        [...names].filter((name) => !metrics.includes(`# TYPE ${name} `)),
        [],
      );
    },
  );

  it("the flow for Node-RED is JSON whose nodes are wired to each other", () => {
    const [text = ""] = blocksOf("node-red.md", "json", { mqtt: 1883 });
    const nodes: readonly { id: string; wires?: readonly (readonly string[])[] }[] =
      JSON.parse(text);
    const ids = new Set(nodes.map(({ id }) => id));

    const wired = nodes.flatMap(({ wires = [] }) => wires.flat());

    assert.ok(wired.length >= 4);
    assert.ok(wired.every((id) => ids.has(id)));
  });
});
