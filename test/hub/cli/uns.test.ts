import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { unshub } from "../../support/cli.ts";
import { tempDir, type Ending } from "../../support/hub.ts";
import { born, JsonReader, PRESS, startJsonPlant } from "../../support/json-plant.ts";

function configWith(t: Ending, uns: string): string {
  const file = join(tempDir(t), "unshub.yaml");
  writeFileSync(file, `listeners: { mqtt: {} }\nuns:\n${uns}`);
  return file;
}

describe("unshub uns", { timeout: 180_000 }, () => {
  it("prints the plant by its paths, with values", async (t) => {
    const { hub } = await startJsonPlant(t, undefined);
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const { exitCode, out } = await unshub("uns", "--url", url);
    const below = await unshub("uns", "--url", url, `${PRESS}/Setpoint`);
    const json = await unshub("uns", "--url", url, "--json", PRESS);
    const none = await unshub("uns", "--url", url, "acme/nowhere");

    assert.equal(exitCode, 0);
    assert.match(
      out,
      /^acme {2}\(Enterprise\)\n {2}dallas {2}\(Site\)\n {4}line1 {2}\(Area\)\n {6}press {2}\(online\)\n {8}Hydraulics\n/,
    );
    assert.match(out, /Pressure +101\.5 bar/);
    assert.match(below.out, /^Setpoint +25$/);
    assert.deepEqual(
      json.out.split("\n").map((line): unknown => JSON.parse(line).path),
      ["Hydraulics", "Hydraulics/Pressure", "Running", "Setpoint"].map(
        (name) => `${PRESS}/${name}`,
      ),
    );
    assert.deepEqual([none.exitCode, none.err], [1, 'nothing stands at "acme/nowhere"']);
  });

  it("cleared lists the plain topics that are no more, and why", async (t) => {
    const { hub, port, edge } = await startJsonPlant(t, "{}");
    const reader = await JsonReader.open(t, port, `${PRESS}/Running`);
    edge.node.born("press", [born("Setpoint", 1)]);
    await reader.heard.find(({ text }) => text === "");

    const { out } = await unshub("uns", "cleared", "--url", `http://127.0.0.1:${hub.httpPort}`);

    assert.match(out, /2 topics: not in the last birth, or its birth was deleted/);
    assert.match(out, new RegExp(`^ {2}${PRESS}/Running$`, "m"));
  });
});

describe("unshub findings", { timeout: 180_000 }, () => {
  it("tells of a device without a place, and names no client", async (t) => {
    const placement = "  placement: [{ method: device }]\n";
    const { hub } = await startJsonPlant(t, undefined, { placement });

    const { out } = await unshub("findings", "--url", `http://127.0.0.1:${hub.httpPort}`);

    assert.match(out, /U01 no place in the plant \[warn\] {2}1 times\n {2}no rule is for it\n/);
    assert.match(
      out,
      /\n {2}device acme:dallas\/line1\/press, unplaced\/acme:dallas\/line1\/press\n/,
    );
    assert.match(out, /To do: add a rule for it to uns\.placement/);
  });
});

describe("unshub uns check", { timeout: 180_000 }, () => {
  it("says where rules put devices that are named", async (t) => {
    const file = configWith(t, "  placement: [{ method: levels, enterprise: acme }]\n");

    const { exitCode, out } = await unshub("uns", "check", "-c", file, "dallas/line1/press", "x/y");

    assert.equal(exitCode, 0);
    assert.match(out, /^dallas\/line1\/press +acme\/dallas\/line1\/press +rule 1$/m);
    assert.match(out, /^x\/y +spBv1\.0\/x\/y +an edge node; no rule places it$/m);
  });

  it("names both of two at one place, and who has no rule; exit code 1", async (t) => {
    const rule = '{ method: map, group: "g*", path: "acme/{device}" }';
    const file = configWith(t, `  placement: [${rule}]\n`);

    const names = ["g1/n/press", "g2/n/press", "other/n/press"];
    const { exitCode, out } = await unshub("uns", "check", "-c", file, "--json", ...names);

    assert.equal(exitCode, 1);
    assert.deepEqual(
      out.split("\n").map((line): unknown => JSON.parse(line)),
      [
        { member: "g1/n/press", path: "acme/press", rule: 1 },
        {
          member: "g2/n/press",
          path: "unplaced/g2/n/press",
          because: "rule 1 puts it at acme/press, where g1/n/press stands",
        },
        {
          member: "other/n/press",
          path: "unplaced/other/n/press",
          because: "no rule is for it",
        },
      ],
    );
  });

  it("says of the running hub which devices a changed file would move", async (t) => {
    const { hub } = await startJsonPlant(t, undefined);
    const file = configWith(t, "  placement: [{ method: levels, enterprise: other }]\n");
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const { exitCode, out } = await unshub("uns", "check", "-c", file, "--url", url);

    assert.equal(exitCode, 0);
    assert.match(
      out,
      /other\/acme:dallas\/line1\/press +rule 1; now at acme\/dallas\/line1\/press/,
    );
    assert.match(out, /2 in all, 0 without a place of their own, 1 would move\./);
  });

  it("tells a bad file and a bad name as the caller's mistakes", async (t) => {
    const bad = configWith(t, '  placement: [{ method: map, path: "acme/{devise}" }]\n');
    const good = configWith(t, "  {}\n");

    const file = await unshub("uns", "check", "-c", bad, "g/n/d");
    const name = await unshub("uns", "check", "-c", good, "g");

    assert.deepEqual([file.exitCode, name.exitCode], [2, 2]);
    assert.match(file.err, /uns\.placement\[0\]\.path/);
    assert.match(name.err, /GROUP\/NODE\/DEVICE/);
  });
});
