import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { TOKEN_PREFIX, type Authenticator } from "../../../hub/src/identity/authenticator.ts";
import type { LoginAttempts } from "../../../hub/src/identity/index.ts";
import { hashPassword } from "../../../hub/src/identity/password.ts";
import { hashSecret, newSecret } from "../../../hub/src/identity/secret.ts";
import { IdentityStore } from "../../../hub/src/identity/store.ts";
import { openDoor } from "../../support/identity.ts";

const ADDRESS = "10.0.0.7";

class Door {
  now = 1_000_000;
  readonly file: string;
  readonly store: IdentityStore;
  readonly attempts: LoginAttempts;
  readonly authenticator: Authenticator;

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), "unshub-identity-"));
    t.after(() => rmSync(folder, { recursive: true }));
    this.file = join(folder, "identity.json");
    this.store = new IdentityStore(this.file);
    const now = (): number => this.now;
    ({ attempts: this.attempts, authenticator: this.authenticator } = openDoor(this.store, now));
  }

  async addUser(name: string, password: string): Promise<void> {
    this.store.putUser({
      name,
      role: "operator",
      grants: ["read Plant1"],
      password: await hashPassword(password),
      isDisabled: false,
      createdAt: this.now,
    });
  }

  addToken(name: string, expiresAt: number): string {
    const secret = newSecret(TOKEN_PREFIX);
    const hash = hashSecret(secret);
    const role = "viewer" as const;
    const common = { role, grants: [], createdAt: this.now, createdBy: "x" };
    this.store.putToken({ name, hash, expiresAt, ...common });
    return secret;
  }

  async login(name: string, password: string): Promise<string> {
    const credentials = { kind: "password", name, password } as const;
    const result = await this.authenticator.authenticate(credentials, ADDRESS);
    return result.kind === "principal" ? result.principal.id : result.because;
  }
}

describe("who comes in", () => {
  it("with the right password, and not with another", async (t) => {
    const door = new Door(t);
    await door.addUser("anna", "correct horse");

    assert.equal(await door.login("anna", "correct horse"), "user:anna");
    assert.equal(await door.login("anna", "wrong"), "the name or the password is wrong");
    assert.equal(await door.login("nobody", "x"), "the name or the password is wrong");
  });

  it("knows a password however its letters are composed", async (t) => {
    const door = new Door(t);
    await door.addUser("jörg", "m\u00fcller");

    assert.equal(await door.login("jörg", "mu\u0308ller"), "user:jörg");
  });

  it("with a token until it ends, as bearer or as password", async (t) => {
    const door = new Door(t);
    const secret = door.addToken("grafana", door.now + 1000);
    const bearer = { kind: "token", secret } as const;

    const result = await door.authenticator.authenticate(bearer, ADDRESS);
    assert.partialDeepStrictEqual(result, { principal: { id: "token:grafana", role: "viewer" } });
    assert.equal(await door.login("grafana", secret), "token:grafana");
    assert.equal(await door.login("other", secret), "the name or the password is wrong");
    assert.equal(door.store.lastUse("grafana"), door.now);

    door.now += 1001;
    assert.equal(await door.login("grafana", secret), "the name or the password is wrong");
  });

  it("not while disabled", async (t) => {
    const door = new Door(t);
    await door.addUser("anna", "correct horse");
    const anna = door.store.user("anna");
    assert.ok(anna);
    door.store.putUser({ ...anna, isDisabled: true });

    assert.equal(await door.login("anna", "correct horse"), "the name or the password is wrong");
  });

  it("waits longer and longer after many failures, and only from where they came", async (t) => {
    const door = new Door(t);
    await door.addUser("anna", "correct horse");
    for (let count = 0; count < 6; count += 1) await door.login("anna", "wrong");

    assert.equal(
      await door.login("anna", "correct horse"),
      "too many failed logins; try again in 1 s",
    );
    const elsewhere = { kind: "password", name: "anna", password: "correct horse" } as const;
    const result = await door.authenticator.authenticate(elsewhere, "10.0.0.8");
    assert.equal(result.kind, "principal");
    assert.partialDeepStrictEqual(door.attempts.bans(), [{ address: ADDRESS, name: "anna" }]);

    door.now += 1001;
    assert.equal(await door.login("anna", "correct horse"), "user:anna");
    assert.deepEqual(door.attempts.bans(), []);
  });

  it("is kept on disk without a secret, for its owner only", async (t) => {
    const door = new Door(t);
    await door.addUser("anna", "correct horse");
    const secret = door.addToken("grafana", door.now + 1000);

    const text = readFileSync(door.file, "utf8");
    assert.doesNotMatch(text, /correct horse/);
    assert.equal(text.includes(secret), false);
    assert.equal(statSync(door.file).mode & 0o777, 0o600);
    assert.equal(new IdentityStore(door.file).user("anna")?.role, "operator");
  });

  it("is nobody when the file cannot be read", (t) => {
    const door = new Door(t);
    writeFileSync(door.file, '{"version":1,"users":[{"name":7}],"tokens":[]}');

    assert.throws(() => new IdentityStore(door.file), /cannot be read: users\[0\]\.name/);
  });
});
