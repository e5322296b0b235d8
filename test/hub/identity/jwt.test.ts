/** Tokens of OIDC issuers: an issuer on this machine with keys of its own, and everything that forgers try. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  base64url,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
} from "jose";
import type { Authenticated } from "../../../hub/src/identity/authenticator.ts";
import type { IssuerConfig } from "../../../hub/src/identity/jwt.ts";
import { IdentityStore } from "../../../hub/src/identity/store.ts";
import { identityHub } from "../../support/identity-hub.ts";
import { tempDir } from "../../support/hub.ts";
import { openDoor } from "../../support/identity.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const AUDIENCE = "unshub";
const MINUTE_MS = 60_000;

interface Claims {
  readonly sub?: string;
  readonly aud?: string;
  readonly iss?: string;
  readonly exp?: number | undefined;
  readonly nbf?: number;
  readonly groups?: readonly string[];
}

/** An issuer with its discovery document and its keys, which it can change. */
class Issuer {
  readonly url: string;
  asked = 0;
  isDown = false;
  now = Date.now();
  #keys: readonly JWK[] = [];
  #kid = 0;
  #privateKey: CryptoKey | undefined;

  constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async open(t: TestContext): Promise<Issuer> {
    const server = createServer((request, reply) => issuer.answer(request.url ?? "", reply));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const { port } = address;
    const issuer = new Issuer(port);
    t.after(() => server.close());
    await issuer.renewKeys();
    return issuer;
  }

  async renewKeys(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    this.#kid += 1;
    this.#keys = [{ ...(await exportJWK(publicKey)), kid: `k${this.#kid}`, alg: "ES256" }];
    this.#privateKey = privateKey;
  }

  get jwks(): string {
    return JSON.stringify({ keys: this.#keys });
  }

  answer(
    path: string,
    reply: { writeHead(code: number): unknown; end(text: string): unknown },
  ): void {
    const document = JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` });
    if (this.isDown) {
      reply.writeHead(503);
      return void reply.end("{}");
    }
    if (path === "/keys") this.asked += 1;
    reply.end(path === "/keys" ? this.jwks : document);
  }

  async sign(claims: Claims = {}, header: object = {}): Promise<string> {
    const { exp = this.now + 10 * MINUTE_MS, ...rest } = claims;
    assert.ok(this.#privateKey);
    const payload = { iss: this.url, aud: AUDIENCE, sub: "scada", ...rest };
    const withTime =
      "exp" in claims && claims.exp === undefined
        ? payload
        : { ...payload, exp: Math.floor(exp / 1000) };
    return await new SignJWT({ ...withTime })
      .setProtectedHeader({ alg: "ES256", kid: `k${this.#kid}`, ...header })
      .sign(this.#privateKey);
  }

  get publicJwk(): JWK {
    const [key] = this.#keys;
    assert.ok(key);
    return key;
  }
}

const GROUP_RULES = [
  {
    when: { groups: "plant-{group}", sub: "{name}" },
    name: "{name}",
    role: "operator",
    grants: ["read {group}"],
  },
] as const;

interface Door {
  readonly issuer: Issuer;
  readonly enter: (token: string) => Promise<Authenticated>;
  readonly config: IssuerConfig;
}

async function doorOf(t: TestContext, more: Partial<IssuerConfig> = {}): Promise<Door> {
  const issuer = await Issuer.open(t);
  const config: IssuerConfig = {
    issuer: issuer.url,
    audience: AUDIENCE,
    clockSkew: MINUTE_MS,
    rules: GROUP_RULES,
    ...more,
  };
  const store = new IdentityStore(join(tempDir(t), "identity.json"));
  const { authenticator } = openDoor(store, () => issuer.now, { issuers: [config] });
  const enter = (secret: string): Promise<Authenticated> =>
    authenticator.authenticate({ kind: "token", secret }, "10.0.0.7");
  return { issuer, enter, config };
}

function nameOf(result: Authenticated): string {
  return result.kind === "principal" ? result.principal.id : `refused: ${result.because}`;
}

const groups = ["office", "plant-Plant1"];

describe("a token of an issuer", { timeout: 180_000 }, () => {
  it("makes somebody of its claims by a rule", async (t) => {
    const { issuer, enter } = await doorOf(t);

    const result = await enter(await issuer.sign({ groups }));

    assert.ok(result.kind === "principal");
    const { id, role, grants } = result.principal;
    assert.deepEqual([id, role], [`jwt:${issuer.url}#scada`, "operator"]);
    assert.deepEqual(grants, [{ kind: "read", part: { group: "Plant1" } }]);
  });

  it("is nobody when no rule fits, or a claim could change a grant", async (t) => {
    const { issuer, enter } = await doorOf(t);

    for (const claims of [
      {},
      { groups: ["plant-+"] },
      { groups: ["plant-#"] },
      { groups: ["plant-a/b"] },
      { groups, sub: "a/b" },
      { groups, sub: "a\nb" },
    ]) {
      assert.match(
        nameOf(await enter(await issuer.sign(claims))),
        /no rule/,
        JSON.stringify(claims),
      );
    }
  });

  it("counts for its audience, from its issuer, with a time at which it ends", async (t) => {
    const { issuer, enter } = await doorOf(t);

    assert.match(
      nameOf(await enter(await issuer.sign({ groups, aud: "other" }))),
      /not for here.*aud/,
    );
    assert.match(
      nameOf(await enter(await issuer.sign({ groups, iss: "http://evil" }))),
      /nobody here trusts/,
    );
    assert.match(nameOf(await enter(await issuer.sign({ groups, exp: undefined }))), /exp/);
  });

  it("may be older or younger than our clock says by the clock skew, and not by more", async (t) => {
    const { issuer, enter } = await doorOf(t);
    const at = async (claims: Claims): Promise<string> =>
      nameOf(await enter(await issuer.sign({ groups, ...claims })));

    assert.match(await at({ exp: issuer.now - 50_000 }), /^jwt:/);
    assert.match(await at({ exp: issuer.now - 70_000 }), /has expired/);
    assert.match(await at({ nbf: Math.floor(issuer.now / 1000) + 50 }), /^jwt:/);
    assert.match(await at({ nbf: Math.floor(issuer.now / 1000) + 70 }), /not for here.*nbf/);
  });

  it("is refused unsigned, signed with the public key as a secret, or with a key of its own", async (t) => {
    const { issuer, enter } = await doorOf(t);
    const good = await issuer.sign({ groups });
    const [head = "", body = "", signature = ""] = good.split(".");
    const claims = { iss: issuer.url, aud: AUDIENCE, sub: "scada", groups, exp: 9_999_999_999 };
    const own = await generateKeyPair("ES256", { extractable: true });
    const pem = await exportSPKI((await generateKeyPair("ES256", { extractable: true })).publicKey);
    const forged = [
      new UnsecuredJWT(claims).encode(),
      `${head}.${base64url.encode(JSON.stringify(claims))}.${signature}`,
      `${head}.${body}.${base64url.encode(new Uint8Array(64))}`,
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(new TextEncoder().encode(pem)),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(new TextEncoder().encode(JSON.stringify(issuer.publicJwk))),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .sign(own.privateKey),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", jwk: await exportJWK(own.publicKey) })
        .sign(own.privateKey),
    ];

    for (const token of forged) assert.match(nameOf(await enter(token)), /^refused/, token);
    assert.match(nameOf(await enter(good)), /^jwt:/);
    for (let times = 0; times < 50; times += 1) await enter(forged[1] ?? "");
    assert.match(nameOf(await enter(good)), /too many failed logins/, "forgeries are guesses");
  });

  it("takes the keys from the discovery document once, and again for a key that it does not know", async (t) => {
    const { issuer, enter } = await doorOf(t);
    for (let times = 0; times < 5; times += 1) await enter(await issuer.sign({ groups }));
    assert.equal(issuer.asked, 1);

    await issuer.renewKeys();
    issuer.now += 31_000;
    assert.match(nameOf(await enter(await issuer.sign({ groups }))), /^jwt:/);
    assert.equal(issuer.asked, 2);
    for (let times = 0; times < 3; times += 1) {
      await enter(await issuer.sign({ groups }, { kid: "unheard-of" }));
    }
    assert.equal(issuer.asked, 2, "nobody makes the hub ask all the time");
  });

  it("counts by the keys of before while the issuer is away, for a day", async (t) => {
    const { issuer, enter } = await doorOf(t);
    await enter(await issuer.sign({ groups }));
    issuer.isDown = true;

    issuer.now += 23 * 60 * MINUTE_MS;
    assert.match(nameOf(await enter(await issuer.sign({ groups }))), /^jwt:/);
    issuer.now += 2 * 60 * MINUTE_MS;
    assert.match(nameOf(await enter(await issuer.sign({ groups }))), /keys of .* cannot be had/);
    issuer.isDown = false;
    issuer.now += MINUTE_MS;
    assert.match(nameOf(await enter(await issuer.sign({ groups }))), /^jwt:/);
  });

  it("takes the keys from a file where there is no network", async (t) => {
    const issuer = await Issuer.open(t);
    const jwks = join(tempDir(t), "keys.json");
    writeFileSync(jwks, issuer.jwks);
    const config: IssuerConfig = {
      issuer: issuer.url,
      audience: AUDIENCE,
      jwks,
      clockSkew: 0,
      rules: GROUP_RULES,
    };
    const store = new IdentityStore(join(tempDir(t), "identity.json"));
    const { authenticator } = openDoor(store, () => issuer.now, { issuers: [config] });

    const secret = await issuer.sign({ groups });
    const result = await authenticator.authenticate(
      { kind: "password", name: "any", password: secret },
      "x",
    );

    assert.match(nameOf(result), /^jwt:/);
    assert.equal(issuer.asked, 0);
  });
});

describe("a token of an issuer at a hub", { timeout: 180_000 }, () => {
  it("is a password over MQTT and a bearer over HTTP, and its connection ends with it", async (t) => {
    const issuer = await Issuer.open(t);
    const rules = `[{ when: { groups: "plant-{group}", sub: "{name}" }, name: "{name}", role: viewer, grants: ["read {group}", "publish mes/%u"] }]`;
    const hub = await identityHub(
      t,
      `jwt: [{ issuer: "${issuer.url}", audience: ${AUDIENCE}, clockSkew: 0s, rules: ${rules} }]`,
    );
    const token = await issuer.sign({ groups, exp: Date.now() + 12_000 }); // long enough to come in
    const get = (path: string): Promise<Response> =>
      fetch(new URL(path, `http://127.0.0.1:${hub.httpPort}`), {
        headers: { authorization: `Bearer ${token}` },
      });
    assert.equal((await get("/api/v1/users")).status, 403);

    await using client = await RawClient.open(hub.mqttPort, 5);
    const connack = await client.connect({
      clientId: "scada-1",
      username: "x",
      password: Buffer.from(token),
    });
    assert.equal(connack.reasonCode, 0);
    client.send({
      cmd: "publish",
      topic: "mes/scada",
      qos: 1,
      payload: "",
      messageId: 3,
      dup: false,
      retain: false,
    });
    assert.ok([0, 0x10].includes((await client.take("puback")).reasonCode ?? 0));

    assert.equal((await client.take("disconnect")).reasonCode, 0x87);
    assert.equal((await get("/api/v1/users")).status, 401);
    await hub.stop();
    assert.doesNotMatch(JSON.stringify([hub.trail(), hub.logged]), /eyJ/);
  });
});
