/** Certificates of OPC UA over HTTP: who sees them, who decides, and that the decision counts. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { trustDir } from "@unshub/opcua-trust";
import { z } from "zod";
import { PASSWORD } from "../../support/http-hub.ts";
import { openClient, program } from "../../support/opcua-hub-server.ts";
import { startTrustHub, type TrustHub } from "../../support/trust-place.ts";

const trustSchema = z.object({
  own: z.object({ sha256: z.string() }).nullable(),
  places: z.array(
    z.object({
      id: z.string(),
      lists: z.array(z.unknown()),
      certificates: z.array(
        z.looseObject({ folder: z.string(), sha256: z.string(), chain: z.array(z.unknown()) }),
      ),
    }),
  ),
});

const TRUST = "/api/v1/opcua/trust";
const REVOKED = join(import.meta.dirname, "../../fixtures/opcua/revoked-by-its-issuer");

const trailOf = (json: unknown) =>
  z
    .object({ lines: z.array(z.object({ object: z.string().optional(), result: z.string() })) })
    .parse(json).lines;

/** Starting one takes long: keys are made, and OPC UA is loaded twice. So there is one, with names of each test's own. */
let hub: TrustHub;
const ends: (() => unknown)[] = [];

before(async () => {
  hub = await startTrustHub({ after: (end) => ends.push(end) });
});
after(async () => {
  for (const end of ends) await end();
});

async function placesOf(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { places } = trustSchema.parse(await hub.admin.json("GET", TRUST));
  const words = (one: (typeof places)[number]) =>
    one.certificates.map(({ folder, sha256 }) => `${folder} ${sha256.slice(0, 8)}`);
  return new Map(places.map((one) => [one.id, words(one)]));
}

describe("certificates of OPC UA over HTTP", { timeout: 180_000 }, () => {
  it("lets a client in that somebody trusted, from then on", async (t) => {
    await hub.putUser("scada", "viewer", ["read *"]);
    const { own, options } = await program(t);
    const login = { userName: "scada", password: PASSWORD };
    const wish = { policy: "Basic256Sha256", mode: "SignAndEncrypt", options, login } as const;
    await assert.rejects(openClient(t, hub.opcUaEndpoint, wish));
    const { sha256 } = own.facts;
    const shown = await placesOf();

    await hub.admin.json("PUT", `${TRUST}/clients/${sha256}`, { decision: "trust" });

    assert.deepEqual(shown.get("clients"), [`waiting ${sha256.slice(0, 8)}`]);
    assert.deepEqual((await placesOf()).get("clients"), [`trusted ${sha256.slice(0, 8)}`]);
    await openClient(t, hub.opcUaEndpoint, wish);
    await hub.admin.json("PUT", `${TRUST}/clients/${sha256}`, { decision: "reject" });
    await assert.rejects(openClient(t, hub.opcUaEndpoint, wish));
  });

  it("trusts a server, or all that its issuer signs, for the adapter that met it", async () => {
    const [one, two] = [await hub.showServer("press"), await hub.showServer("oven")];

    await hub.admin.json("PUT", `${TRUST}/adapter:cell2/${one}`, { decision: "trust" });
    await hub.admin.json("PUT", `${TRUST}/adapter:cell2/${two}`, { decision: "trust issuer" });

    const listed = (await placesOf()).get("adapter:cell2") ?? [];
    const folderOf = (sha256: string) =>
      listed.find((line) => line.endsWith(sha256.slice(0, 8)))?.split(" ")[0];
    assert.deepEqual([one, two].map(folderOf), ["trusted", "trusted"]);
    assert.equal(listed.filter((line) => line.startsWith("issuers ")).length, 1);
  });

  it("shows the lists by which issuers take certificates back", async () => {
    await hub.servers.addRevocationList(readFileSync(join(REVOKED, "list.crl")));
    const listsOf = async () => {
      const { places } = trustSchema.parse(await hub.admin.json("GET", TRUST));
      return places.find(({ id }) => id === "adapter:cell2")?.lists;
    };
    const unsigned = await listsOf();
    await hub.servers.trustIssuer([readFileSync(join(REVOKED, "ca.der"))]);

    assert.partialDeepStrictEqual(unsigned, [{ revoked: 1, isSigned: false }]);
    assert.partialDeepStrictEqual(await listsOf(), [{ revoked: 1, isSigned: true }]);
  });

  it("is for those who may edit the configuration, and stands on the audit trail", async () => {
    const sha256 = await hub.showServer("press");
    const path = `${TRUST}/adapter:cell2/${sha256}`;
    await hub.putUser("vera", "viewer", ["read *"]);
    await hub.putUser("olaf", "operator", ["read *"]);
    const [vera, olaf] = [await hub.visit("vera", PASSWORD), await hub.visit("olaf", PASSWORD)];

    assert.equal((await vera.ask("GET", TRUST)).status, 403);
    assert.equal((await olaf.ask("GET", TRUST)).status, 200);
    assert.equal((await olaf.ask("PUT", path, { decision: "trust" })).status, 403);
    assert.ok((await placesOf()).get("adapter:cell2")?.includes(`waiting ${sha256.slice(0, 8)}`));

    await hub.admin.json("PUT", path, { decision: "trust" });

    const audit = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit?last=3"));
    assert.match(audit, new RegExp(`certificate trusted.*certificate ${sha256} of cell2`));
  });

  it("tells of a decision that could not be kept that it failed", async (t) => {
    const sha256 = await hub.showServer("kiln");
    const rejected = join(trustDir(join(hub.dataDir, "adapters", "cell2")), "rejected");
    writeFileSync(rejected, ""); // no folder can be made there
    t.after(() => rmSync(rejected));

    const path = `${TRUST}/adapter:cell2/${sha256}`;
    const answer = await hub.admin.ask("PUT", path, { decision: "reject" });

    assert.equal(answer.status, 500);
    assert.ok((await placesOf()).get("adapter:cell2")?.includes(`waiting ${sha256.slice(0, 8)}`));
    const lines = trailOf(await hub.admin.json("GET", "/api/v1/audit?last=1000"));
    const mine = lines.filter(({ object = "" }) => object.includes(sha256));
    assert.deepEqual(mine.map(({ result }) => result).toSorted(), ["done", "failed"]);
  });

  it("shows an adapter to those only who may read its edge node", async () => {
    const sha256 = await hub.showServer("press");
    await hub.putUser("otto", "engineer", ["read Plant2"]);
    const otto = await hub.visit("otto", PASSWORD);

    const { places } = trustSchema.parse(await otto.json("GET", TRUST));
    const change = await otto.ask("PUT", `${TRUST}/adapter:cell2/${sha256}`, { decision: "trust" });

    assert.deepEqual(
      places.map(({ id }) => id),
      ["clients", "users"],
    );
    assert.equal(change.status, 404);
  });

  it("knows no certificate that nobody has shown, and no path out of its folders", async () => {
    const decision = { decision: "trust" };
    const unknown = await hub.admin.ask("PUT", `${TRUST}/clients/${"0".repeat(64)}`, decision);
    const outside = await hub.admin.ask("PUT", `${TRUST}/..%2F..%2F/${"0".repeat(64)}`, decision);
    const short = await hub.admin.ask("PUT", `${TRUST}/clients/00`, decision);

    assert.deepEqual([unknown.status, outside.status, short.status], [404, 404, 400]);
  });

  it("hands out the certificate of the hub, and never its key", async () => {
    const answer = await hub.admin.ask("GET", "/api/v1/opcua/certificate");
    const certificate = new X509Certificate(Buffer.from(await answer.arrayBuffer()));

    const { own } = trustSchema.parse(await hub.admin.json("GET", TRUST));
    assert.equal(certificate.fingerprint256.replaceAll(":", "").toLowerCase(), own?.sha256);
    assert.equal(answer.headers.get("content-type"), "application/pkix-cert");
  });
});
