/** The lies of the hostile suite told to a plain client of `modbus-serial`: why it is not our engine. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIES } from "../../support/modbus-live-server.ts";
import { countLibrary } from "../../support/modbus-library-count.ts";

describe("modbus-serial alone takes", () => {
  for (const name of ["a late answer", "a duplicate"]) {
    it(`${name} in RTU for the answer to something else`, async (test) => {
      const lie = LIES.find((one) => one.name === name);
      assert.ok(lie);

      const { wrong, reads } = await countLibrary(lie, "rtu");

      test.diagnostic(`${wrong} wrong values in ${reads} reads`);
      assert.ok(wrong > 0);
    });
  }
});
