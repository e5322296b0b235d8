/** Tags over HTTP: as they are written and stand, and changed through the configuration of a real hub. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { z } from "zod";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const PATH = "/api/v1/adapters/press/tags";
const SPEED = { name: "Speed", at: "hr:1", type: "uint16", group: "fast" };

async function openPlant(t: TestContext, change: (text: string) => string = (text) => text) {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, "more.csv"), "name;at;type;group\nFromTable;hr:0;int16;fast\n");
  const hub = await startTestHub(t, change(pressAdapter(server.port)), { dataDir });
  const has = (name: string): boolean =>
    hub.hub.tree.find(`Plant1/gw-press/press-01/${name}`) !== undefined;
  await hub.until(() => has("Running"));
  const ask = async (method: string, path: string, body?: object): Promise<Response> =>
    await fetch(`http://127.0.0.1:${hub.httpPort}${path}`, {
      method,
      ...(body && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  const json = async (...asked: Parameters<typeof ask>): Promise<unknown> => {
    const answer = await ask(...asked);
    assert.equal(answer.status, 200, await answer.clone().text());
    return await answer.json();
  };
  return { ...hub, has, ask, json };
}

function withComment(text: string): string {
  return text
    .replace("        tags:\n", "        tags:\n          # measured at the pump\n")
    .replace(/( +)(- \{ name: Hydraulics\/Setpoint.*)/, "$1# of drawing 12\n$1$2 # in bar");
}

async function detailOf(answer: Response): Promise<string> {
  return z.object({ detail: z.string() }).parse(await answer.json()).detail;
}

describe("tags of an adapter", { timeout: 180_000 }, () => {
  it("are shown as written, with what they are worth, page by page", async (t) => {
    const { json, ask, until, hub } = await openPlant(t);
    const path = "Plant1/gw-press/press-01/Hydraulics/Pressure";
    await until(() => hub.tree.metric(hub.tree.find(path) ?? -1)?.value === 120);

    const first = await json("GET", `${PATH}?limit=1`);
    const last = await json("GET", `${PATH}?from=2`);

    assert.partialDeepStrictEqual(first, {
      protocol: "modbus",
      more: true,
      tags: [
        {
          device: "press-01",
          name: "Hydraulics/Pressure",
          path,
          fields: { at: "hr:0", type: "int16", unit: "bar" },
          address: "hr:0",
          from: "entry",
          now: { value: 120, quality: "good", datatype: "Int16", unit: "bar" },
        },
      ],
    });
    assert.partialDeepStrictEqual(last, { more: false, tags: [{ name: "Running" }] });
    assert.equal((await ask("GET", "/api/v1/adapters/nobody/tags")).status, 404);
  });

  it("are planned without being changed, and applied with what stays and its comments", async (t) => {
    const { json, file, until, has } = await openPlant(t, withComment);
    const before = readFileSync(file, "utf8");
    const body = {
      put: [SPEED, { name: "Hydraulics/Setpoint", at: "hr:1", type: "int16", group: "fast" }],
      remove: ["Running"],
    };

    const planned = await json("POST", `${PATH}/plan`, body);
    const untouched = readFileSync(file, "utf8");
    const applied = await json("PUT", PATH, body);

    const outcome = {
      created: ["Speed"],
      changed: ["Hydraulics/Setpoint"],
      deleted: ["Running"],
    };
    const metrics = [
      { path: "Plant1/gw-press/press-01/Running", change: "removed" },
      { path: "Plant1/gw-press/press-01/Speed", change: "added" },
    ];
    assert.partialDeepStrictEqual(planned, { outcome, plan: { metrics } });
    assert.equal(untouched, before);
    assert.partialDeepStrictEqual(applied, { outcome, plan: { metrics } });
    await until(() => has("Speed"));
    const after = readFileSync(file, "utf8");
    assert.equal(z.object({ text: z.string() }).parse(planned).text, after);
    assert.match(after, /# measured at the pump\n +- \{ name: Hydraulics\/Pressure, at: "hr:0"/);
    assert.match(
      after,
      /# of drawing 12\n +- \{ name: Hydraulics\/Setpoint, at: "hr:1", type: int16, group: fast \} # in bar\n/,
    );
    assert.doesNotMatch(after, /Running/);
    const shown = await json("GET", PATH);
    const names = z.object({ tags: z.array(z.object({ name: z.string() })) }).parse(shown).tags;
    assert.deepEqual(
      names.map(({ name }) => name),
      ["Hydraulics/Pressure", "Hydraulics/Setpoint", "Speed"],
    );
  });

  it("go out as files of other programs, and what these do not say is told", async (t) => {
    const { ask, json } = await openPlant(t);

    const kepware = await ask("GET", `${PATH}.csv?format=kepware`);
    const ignition = await ask("GET", `${PATH}.csv?format=ignition&device=press-01`);
    const losses = await json("GET", `${PATH}/losses?format=kepware`);
    const unknown = await ask("GET", `${PATH}.csv?format=excel`);
    const nowhere = await ask("GET", `${PATH}.csv?format=neuron&device=x`);

    assert.match(await kepware.text(), /^Tag Name,Address.*\nHydraulics\.Pressure,400001,Short,/);
    assert.match(kepware.headers.get("content-type") ?? "", /^text\/csv/);
    assert.match(ignition.headers.get("content-type") ?? "", /^application\/json/);
    assert.match(ignition.headers.get("content-disposition") ?? "", /"press\.json"/);
    assert.match(await ignition.text(), /\[press-01\]1\.HR1"/);
    const told = z
      .object({ notes: z.array(z.string()), losses: z.array(z.unknown()) })
      .parse(losses);
    assert.equal(kepware.headers.get("unshub-losses"), String(told.losses.length));
    assert.match(told.notes.join(), /the unit is a setting of the device there: 1/);
    assert.match(
      await detailOf(unknown),
      /modbus writes no file of excel; there are: own, kepware/,
    );
    assert.match(await detailOf(nowhere), /press has no device "x"/);
  });

  it("that a table cannot hold are told, too", async (t) => {
    const tag =
      'name: Motor, at: "hr:0", type: struct, members: [{ name: A, at: "0", type: int16 }]';
    const { json, ask } = await openPlant(t, (text) =>
      text.replace("        tags:\n", `        tags:\n          - { ${tag}, group: fast }\n`),
    );

    const losses = await json("GET", `${PATH}/losses`);

    const [loss] = z.object({ losses: z.array(z.unknown()) }).parse(losses).losses;
    assert.partialDeepStrictEqual(loss, { tag: "Motor", isLeftOut: true });
    assert.equal((await ask("GET", `${PATH}.csv`)).headers.get("unshub-losses"), "1");
  });

  it("go out as a table and come back as one", async (t) => {
    const { ask, json, until, has, file } = await openPlant(t);

    const table = await (await ask("GET", `${PATH}.csv`)).text();
    const again = await json("POST", `${PATH}/plan`, { csv: table });
    const [head = ""] = table.split("\n");
    const row = head.split(",").map((column) => Reflect.get(SPEED, column) ?? "");
    const done = await json("PUT", PATH, { csv: `${head}\n${row.join(",")}\n`, mode: "create" });

    assert.match(table, /^name,at,type,group,access.*\nHydraulics\/Pressure,hr:0,int16,fast/);
    assert.partialDeepStrictEqual(again, {
      outcome: { created: [], changed: [], deleted: [] },
      plan: { metrics: [] },
    });
    assert.partialDeepStrictEqual(done, { outcome: { created: ["Speed"] } });
    await until(() => has("Speed"));
    assert.match(readFileSync(file, "utf8"), /name: Speed/);
  });

  it("that cannot be are refused with a sentence, and nothing is changed", async (t) => {
    const { ask, file } = await openPlant(t, (text) =>
      text.replace("        tags:\n", "        tagFile: more.csv\n        tags:\n"),
    );
    const before = readFileSync(file, "utf8");
    const refusals: readonly (readonly [object, number, RegExp])[] = [
      [{ put: [{ ...SPEED, at: "nowhere" }] }, 400, /at/],
      [{ put: [SPEED, SPEED] }, 409, /"Speed" stands there twice/],
      [{ put: [{ at: "hr:1" }] }, 409, /a tag has no name/],
      [{ device: "other", remove: ["Running"] }, 409, /no device "other"; there are: press-01/],
      [{ remove: ["FromTable"] }, 409, /"FromTable" stands in more\.csv:2: change it there/],
      [{ csv: "name,at,colour\nA,hr:1,red\n" }, 409, /line 1, colour: there is no column/],
      [{ nonsense: 1 }, 400, /nonsense/],
    ];

    for (const [body, status, says] of refusals) {
      const answer = await ask("PUT", PATH, body);

      assert.equal(answer.status, status, JSON.stringify(body));
      assert.match(await detailOf(answer), says);
    }
    assert.equal(readFileSync(file, "utf8"), before);
  });
});

describe("what may be said of tags before they are changed", { timeout: 180_000 }, () => {
  it("is what may stand in one, of which devices and groups, and what its adapter asks", async (t) => {
    const { json, ask } = await openPlant(t);

    const keys = await json("GET", "/api/v1/adapters/press/tag-keys");
    const work = await json("GET", "/api/v1/adapters/press/work");

    assert.partialDeepStrictEqual(keys, {
      protocol: "modbus",
      devices: [{ device: "press-01", groups: ["fast"], intervals: { fast: "100ms" }, tags: 3 }],
    });
    const known = z
      .object({ keys: z.array(z.looseObject({ name: z.string(), kind: z.string() })) })
      .parse(keys).keys;
    const byName = new Map(known.map((key) => [key.name, key]));
    assert.partialDeepStrictEqual(byName.get("name"), { kind: "text", isRequired: true });
    assert.partialDeepStrictEqual(byName.get("access"), {
      kind: "choice",
      isRequired: false,
      choices: ["r", "rw", "w"],
    });
    assert.deepEqual(
      ["scale", "clamp", "validRange", "minInterval", "members"].map(
        (name) => byName.get(name)?.kind,
      ),
      ["number", "boolean", "range", "text", "other"],
    );
    assert.partialDeepStrictEqual(work, {
      links: [
        {
          requestsPerSecond: 20,
          devices: [
            {
              deviceId: "press-01",
              tags: 3,
              requests: [
                { what: "FC1 co:0..0", tags: 1 },
                { what: "FC3 hr:0..1", tags: 2 },
              ],
            },
          ],
        },
      ],
      problems: [],
    });
    for (const path of ["tag-keys", "work"])
      assert.equal((await ask("GET", `/api/v1/adapters/nobody/${path}`)).status, 404);
  });

  it("finds tags by what is written in them, and by their quality", async (t) => {
    const { json, until, hub } = await openPlant(t);
    await until(
      () =>
        hub.tree.metric(hub.tree.find("Plant1/gw-press/press-01/Running") ?? -1)?.value === true,
    );

    const named = await json("GET", `${PATH}?text=SETP`);
    const bars = await json("GET", `${PATH}?text=bar&limit=1`);
    const wrong = await json("GET", `${PATH}?quality=notGood`);

    assert.partialDeepStrictEqual(named, { total: 1, tags: [{ name: "Hydraulics/Setpoint" }] });
    assert.partialDeepStrictEqual(bars, { total: 2, more: true });
    assert.partialDeepStrictEqual(wrong, { total: 0, tags: [] });
  });

  it("tells each tag before and after, and what is asked of devices before and after", async (t) => {
    const { json } = await openPlant(t);
    const far = { ...SPEED, at: "hr:60000" };
    const planned = await json("POST", `${PATH}/plan`, {
      put: [far, { name: "Running", at: "co:1", type: "bool", group: "fast" }],
      remove: ["Hydraulics/Setpoint"],
    });

    const { differences } = z
      .object({ differences: z.array(z.looseObject({ name: z.string() })) })
      .parse(planned);
    assert.deepEqual(
      new Map(differences.map((each) => [each.name, each])),
      new Map([
        [
          "Hydraulics/Setpoint",
          {
            device: "press-01",
            name: "Hydraulics/Setpoint",
            before: {
              name: "Hydraulics/Setpoint",
              at: "hr:1",
              type: "int16",
              group: "fast",
              unit: "bar",
              access: "rw",
              writeRange: [0, 350],
            },
          },
        ],
        ["Speed", { device: "press-01", name: "Speed", after: far }],
        [
          "Running",
          {
            device: "press-01",
            name: "Running",
            before: { name: "Running", at: "co:0", type: "bool", group: "fast" },
            after: { name: "Running", at: "co:1", type: "bool", group: "fast" },
          },
        ],
      ]),
    );
    assert.partialDeepStrictEqual(planned, {
      work: {
        before: { links: [{ requestsPerSecond: 20 }] },
        after: { links: [{ requestsPerSecond: 30 }] },
      },
    });
  });

  it("keeps the place of a tag that gets another name, and what else is changed with it", async (t) => {
    const { ask, json, file } = await openPlant(t);
    const rename = [{ from: "Hydraulics/Setpoint", to: "Hydraulics/Target" }];
    const put = [{ name: "Hydraulics/Target", at: "hr:1", type: "int16", group: "fast" }];

    const planned = await json("POST", `${PATH}/plan`, { rename, put });
    const taken = await ask("PUT", PATH, {
      rename: [{ from: "Running", to: "Hydraulics/Setpoint" }],
    });
    const nobody = await ask("PUT", PATH, { rename: [{ from: "Nobody", to: "X" }] });
    const twice = await ask("PUT", PATH, {
      rename: [
        { from: "Running", to: "X" },
        { from: "Running", to: "Y" },
      ],
    });
    const twin = await ask("PUT", PATH, { add: [SPEED, { ...SPEED, name: "Running" }] });
    const followed = await json("POST", `${PATH}/plan`, {
      rename: [{ from: "Running", to: "Busy" }],
      add: [{ ...SPEED, name: "Running" }],
    });
    await json("PUT", PATH, { rename, put });

    assert.partialDeepStrictEqual(planned, {
      differences: [
        {
          name: "Hydraulics/Target",
          was: "Hydraulics/Setpoint",
          before: { unit: "bar" },
          after: put[0],
        },
      ],
    });
    assert.match(await detailOf(taken), /"Hydraulics\/Setpoint" is there already/);
    assert.match(await detailOf(nobody), /there is no tag "Nobody"/);
    assert.match(await detailOf(twin), /"Running" is there already/);
    assert.match(`${twice.status} ${await detailOf(twice)}`, /^400 .*stands there twice/);
    assert.partialDeepStrictEqual(followed, {
      differences: [
        { name: "Busy", was: "Running", before: { type: "bool" } },
        { name: "Running", before: { type: "bool" }, after: { type: "uint16" } },
      ],
    });
    const names = [...readFileSync(file, "utf8").matchAll(/{ name: ([\w/]+)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(names, ["Hydraulics/Pressure", "Hydraulics/Target", "Running"]);
  });

  it("says of each fault whose it is: tag and key, or line and column", async (t) => {
    const { ask } = await openPlant(t);
    const csv = "name;at;type;scale\nA;hr:1;int16;much\nB;hr:2;int16;1\n";
    const put = [
      { ...SPEED, at: "nowhere" },
      { ...SPEED, name: "Slow", deadband: -1 },
    ];

    const ofTags = await ask("POST", `${PATH}/plan`, { put });
    const ofTable = await ask("POST", `${PATH}/plan`, { csv });
    const unnamed = await ask("POST", `${PATH}/plan`, { put: [{ at: "hr:1" }] });

    assert.equal(ofTags.status, 400);
    const { errors } = z
      .object({ errors: z.array(z.looseObject({ message: z.string() })) })
      .parse(await ofTags.json());
    assert.partialDeepStrictEqual(errors, [
      { path: "press-01:Speed:at", tag: { device: "press-01", name: "Speed" }, field: "at" },
      { path: "press-01:Slow:deadband", tag: { name: "Slow" }, field: "deadband" },
    ]);
    assert.match(errors[0]?.message ?? "", /^"nowhere" is not an address/);
    assert.partialDeepStrictEqual(await ofTable.json(), {
      status: 409,
      errors: [{ path: "csv:2:scale", line: 2, column: "scale" }],
    });
    assert.partialDeepStrictEqual(await unnamed.json(), {
      errors: [{ message: "a tag has no name", field: "name" }],
    });
  });

  it("is forgotten when somebody has changed the file meanwhile", async (t) => {
    const { ask, json, file } = await openPlant(t);
    const planned = await json("POST", `${PATH}/plan`, { put: [SPEED] });
    const { basis } = z.object({ basis: z.string() }).parse(planned);
    await json("PUT", PATH, { remove: ["Running"] });
    const now = readFileSync(file, "utf8");

    const late = await ask("PUT", PATH, { put: [SPEED], basis });

    assert.equal(late.status, 409);
    assert.match(await detailOf(late), /somebody has changed the configuration/);
    assert.equal(readFileSync(file, "utf8"), now);
  });
});

describe("/api/v1/configuration/text", { timeout: 180_000 }, () => {
  it("is the file as it stands, and each configuration that was applied", async (t) => {
    const { ask, json, file } = await openPlant(t);
    const before = readFileSync(file, "utf8");
    await json("PUT", PATH, { remove: ["Running"] });

    const now = await (await ask("GET", "/api/v1/configuration/text")).text();
    const first = await (await ask("GET", "/api/v1/configuration/text?generation=1")).text();
    const gone = await ask("GET", "/api/v1/configuration/text?generation=77");

    assert.equal(now, readFileSync(file, "utf8"));
    assert.equal(first, before);
    assert.equal(gone.status, 404);
  });
});
