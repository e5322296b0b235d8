import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { ConfigError, parseWith, Secret, secret } from "@unshub/adapter";

const folder = mkdtempSync(join(tmpdir(), "unshub-secret-"));
after(() => rmSync(folder, { recursive: true }));

describe("a secret of the configuration", () => {
  it("is read from a file, without the line end, each time anew", () => {
    const file = join(folder, "password");
    writeFileSync(file, "first\n");
    const password = parseWith(secret, `\${file:${file}}`);

    const before = password.read();
    writeFileSync(file, "second\r\n");

    assert.deepEqual([before, password.read()], ["first", "second"]);
  });

  it("is read from the environment, or written plainly", () => {
    process.env["UNSHUB_TEST_SECRET"] = "from outside";

    assert.equal(parseWith(secret, "${env:UNSHUB_TEST_SECRET}").read(), "from outside");
    assert.equal(parseWith(secret, "plain $ign").read(), "plain $ign");
    delete process.env["UNSHUB_TEST_SECRET"];
  });

  it("that is missing is told by the name of its variable or file", () => {
    const missing = join(folder, "nothing");

    assert.throws(() => new Secret("${env:UNSHUB_NOT_SET}").read(), /UNSHUB_NOT_SET.*is not set/);
    assert.throws(() => new Secret(`\${file:${missing}}`).read(), /nothing.*ENOENT/);
  });

  it("is never printed, whoever tries", () => {
    const password = new Secret("geheim");

    const shown = [
      JSON.stringify({ password }),
      inspect({ password }, { depth: 9 }),
      String(password),
    ];

    assert.doesNotMatch(shown.join(), /geheim/);
  });

  it("whose reference is misspelled is refused without showing it", () => {
    const misspelled = "${fiel:/run/geheim}";

    assert.throws(
      () => parseWith(secret, misspelled),
      (error) => error instanceof ConfigError && !/geheim/.test(error.message),
    );
  });
});
