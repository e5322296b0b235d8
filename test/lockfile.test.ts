import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missingPackages, readLockfile } from "../scripts/lockfile.ts";

describe("the lock file", () => {
  it("holds the packages of every platform, so that npm ci works on each", () => {
    const missing = missingPackages(readLockfile()).map(({ name }) => name);

    assert.deepEqual(missing, [], "run: node scripts/lockfile.ts");
  });

  it("names no registry", () => {
    const addresses = Object.values(readLockfile().packages).map(({ resolved = "" }) => resolved);

    assert.deepEqual(
      addresses.filter((address) => address.includes("://")),
      [],
    );
  });
});
