import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { staleAfterMs } from "../../../../adapters/modbus/src/config/config.ts";
import {
  device,
  LINK,
  parseOnlyLink as parse,
  problemsOf,
  problemsOfTag,
  tag,
} from "../../../support/modbus-config.ts";

/** A device at unit 0 with one tag. */
function all(fields: object): object {
  return { ...device(tag(fields)), unit: 0, readOnly: false };
}

/** Of a device that says so much besides its tag. */
function limitsOf(fields: object) {
  return parse({ link: LINK, devices: [{ ...device(tag({})), ...fields }] }).devices[0]?.limits;
}

describe("what the life of a device asks of its configuration", () => {
  const partOfRegister = { type: "uint8h", access: "rw" };

  it("a part of a register is written by FC22 or by reading it first, and one of both is said", () => {
    assert.match(problemsOfTag(partOfRegister).join(), /part of a register: say maskWrite: true/);
    assert.match(
      problemsOfTag({ at: "hr:1.3", type: "bool", access: "rw" }).join(),
      /part of a register/,
    );
    assert.deepEqual(problemsOfTag({ ...partOfRegister, allowRmw: true }), []);
  });

  it("a device, or defaults, may say it for all tags", () => {
    const devices = [{ ...device(tag(partOfRegister)), maskWrite: true }];
    assert.deepEqual(problemsOf({ link: LINK, devices }), []);
    const defaults = { allowRmw: true };
    assert.deepEqual(
      problemsOf({ link: LINK, defaults, devices: [device(tag(partOfRegister))] }),
      [],
    );
  });

  it("a struct that is a template names its definition, and a name has one definition", () => {
    const members = [{ name: "a", at: "0", type: "int16" }];
    const struct = { type: "struct", members, membersAs: "template", templateRef: "Types/T" };

    assert.deepEqual(problemsOfTag(struct), []);
    assert.match(
      problemsOfTag({ ...struct, templateRef: undefined }).join(),
      /templateRef: is missing: the name of the template's definition/,
    );
    assert.match(
      problemsOfTag({ ...struct, templateRef: "Types/#" }).join(),
      /templateRef: "Types\/#" contains \+ or #/,
    );
    assert.match(
      problemsOfTag({ ...struct, members: [...members, ...members] }).join(),
      /members\[1\].name: "a" is the name of another member, too/,
    );
    const other = { ...struct, members: [{ name: "a", at: "0", type: "int32" }] };
    assert.match(
      problemsOf({
        link: LINK,
        devices: [device(tag(struct), tag({ ...other, name: "y" }))],
      }).join(),
      /"press-01\/y" says templateRef "Types\/T" as "press-01\/x" does, and its members are others/,
    );
  });

  it("what may be read together is said for all tables, or for each", () => {
    const forAll = limitsOf({ maxGap: 4, forbidden: [[1, 2]], ranges: [[0, 9]] });
    const forSome = limitsOf({
      maxGap: { hr: 4, co: 100 },
      forbidden: { hr: [[1, 2]] },
      ranges: { ir: [[0, 9]] },
      workarounds: { forbidden: [[5, 6]] },
    });

    assert.deepEqual(forAll?.maxGap, { hr: 4, ir: 4, co: 64, di: 64 });
    assert.deepEqual([forAll.forbidden.co, forAll.ranges.ir], [[[1, 2]], [[0, 9]]]);
    assert.deepEqual(
      [forSome?.maxGap?.hr, forSome?.maxGap?.ir, forSome?.maxGap?.co],
      [4, undefined, 100],
    );
    assert.deepEqual(forSome?.forbidden.hr, [
      [1, 2],
      [5, 6],
    ]);
    assert.deepEqual(forSome?.forbidden.co, [[5, 6]]);
    assert.deepEqual([forSome?.ranges.ir, forSome?.ranges.hr], [[[0, 9]], []]);
    assert.match(
      problemsOf({
        link: LINK,
        devices: [{ ...device(tag({})), forbidden: { xx: [[1, 2]] } }],
      }).join(),
      /forbidden/,
    );
  });

  it("the echo of a line is heard by our own engine only", () => {
    for (const link of [
      { framing: "rtuOverTcp", host: "h", localEcho: true },
      { framing: "rtu", port: "/dev/ttyUSB0", localEcho: true },
    ]) {
      const devices = [device(tag({}))];
      assert.deepEqual(problemsOf({ link, devices }), []);
      assert.match(
        problemsOf({ link: { ...link, transport: "modbus-serial" }, devices }).join(),
        /link.localEcho: localEcho is not possible with transport modbus-serial/,
      );
    }
  });

  it("no tag has a name among the metrics that every device has of its own", () => {
    assert.match(
      problemsOfTag({ name: "Device Info/State" }).join(),
      /begins with Device Info\/, where every device has metrics of its own/,
    );
  });

  it("unit 0 of a serial line is written to and never read", () => {
    const link = { framing: "rtuOverTcp", host: "h" };
    assert.match(
      problemsOf({ link, devices: [all({})] }).join(),
      /tags\[0\].access: unit 0 is all units of the line at once/,
    );
    assert.deepEqual(problemsOf({ link, devices: [all({ access: "w" })] }), []);
    assert.deepEqual(problemsOf({ link: LINK, devices: [all({})] }), []);
  });

  it("what is read once is not made stale by staleAfter", () => {
    const once = { ...device(tag({ group: "once" }), tag({ name: "y" })), staleAfter: "3s" };
    const [found] = parse({ link: LINK, devices: [once] }).devices;
    assert.ok(found !== undefined);

    const ages = found.groups.map((group) => [group.name, staleAfterMs(found, group)]);
    assert.deepEqual(Object.fromEntries(ages), { fast: 3000, once: Infinity });
  });
});
