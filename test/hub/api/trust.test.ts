/** Certificates of OPC UA over HTTP: who sees them, who decides, and that the decision counts. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
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

async function placesOf(hub: TrustHub): Promise<ReadonlyMap<string, readonly string[]>> {
  const { places } = trustSchema.parse(await hub.admin.json("GET", TRUST));
  const words = (one: (typeof places)[number]) =>
    one.certificates.map(({ folder, sha256 }) => `${folder} ${sha256.slice(0, 8)}`);
  return new Map(places.map((one) => [one.id, words(one)]));
}

describe("certificates of OPC UA over HTTP", { timeout: 180_000 }, () => {
  it("lets a client in that somebody trusted, from then on", async (t) => {
    const hub = await startTrustHub(t);
    await hub.putUser("scada", "viewer", ["read *"]);
    const { own, options } = await program(t);
    const login = { userName: "scada", password: PASSWORD };
    const wish = { policy: "Basic256Sha256", mode: "SignAndEncrypt", options, login } as const;
    await assert.rejects(openClient(t, hub.opcUaEndpoint, wish));
    const { sha256 } = own.facts;
    const before = await placesOf(hub);

    await hub.admin.json("PUT", `${TRUST}/clients/${sha256}`, { decision: "trust" });

    assert.deepEqual(before.get("clients"), [`waiting ${sha256.slice(0, 8)}`]);
    assert.deepEqual((await placesOf(hub)).get("clients"), [`trusted ${sha256.slice(0, 8)}`]);
    await openClient(t, hub.opcUaEndpoint, wish);
    await hub.admin.json("PUT", `${TRUST}/clients/${sha256}`, { decision: "reject" });
    await assert.rejects(openClient(t, hub.opcUaEndpoint, wish));
  });

  it("trusts a server, or all that its issuer signs, for the adapter that met it", async (t) => {
    const hub = await startTrustHub(t);
    const [one, two] = [await hub.showServer("press"), await hub.showServer("oven")];

    await hub.admin.json("PUT", `${TRUST}/adapter:cell2/${one}`, { decision: "trust" });
    await hub.admin.json("PUT", `${TRUST}/adapter:cell2/${two}`, { decision: "trust issuer" });

    const listed = (await placesOf(hub)).get("adapter:cell2") ?? [];
    assert.deepEqual(
      listed.map((line) => line.split(" ")[0]),
      ["trusted", "trusted", "issuers"],
    );
  });

  it("shows the lists by which issuers take certificates back", async (t) => {
    const hub = await startTrustHub(t);
    await hub.servers.addRevocationList(readFileSync(join(REVOKED, "list.crl")));
    const listsOf = async () => {
      const { places } = trustSchema.parse(await hub.admin.json("GET", TRUST));
      return places.find(({ id }) => id === "adapter:cell2")?.lists;
    };
    const before = await listsOf();
    await hub.servers.trustIssuer([readFileSync(join(REVOKED, "ca.der"))]);

    assert.partialDeepStrictEqual(before, [{ revoked: 1, isSigned: false }]);
    assert.partialDeepStrictEqual(await listsOf(), [{ revoked: 1, isSigned: true }]);
  });

  it("is for those who may edit the configuration, and stands on the audit trail", async (t) => {
    const hub = await startTrustHub(t);
    const sha256 = await hub.showServer("press");
    const path = `${TRUST}/adapter:cell2/${sha256}`;
    await hub.putUser("vera", "viewer", ["read *"]);
    await hub.putUser("olaf", "operator", ["read *"]);
    const [vera, olaf] = [await hub.visit("vera", PASSWORD), await hub.visit("olaf", PASSWORD)];

    assert.equal((await vera.ask("GET", TRUST)).status, 403);
    assert.equal((await olaf.ask("GET", TRUST)).status, 200);
    assert.equal((await olaf.ask("PUT", path, { decision: "trust" })).status, 403);
    assert.deepEqual((await placesOf(hub)).get("adapter:cell2"), [`waiting ${sha256.slice(0, 8)}`]);

    await hub.admin.json("PUT", path, { decision: "trust" });

    const audit = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit?last=3"));
    assert.match(audit, new RegExp(`certificate trusted.*certificate ${sha256} of cell2`));
  });

  it("shows an adapter to those only who may read its edge node", async (t) => {
    const hub = await startTrustHub(t);
    const sha256 = await hub.showServer("press");
    await hub.putUser("olaf", "engineer", ["read Plant2"]);
    const olaf = await hub.visit("olaf", PASSWORD);

    const { places } = trustSchema.parse(await olaf.json("GET", TRUST));
    const change = await olaf.ask("PUT", `${TRUST}/adapter:cell2/${sha256}`, { decision: "trust" });

    assert.deepEqual(
      places.map(({ id }) => id),
      ["clients", "users"],
    );
    assert.equal(change.status, 404);
  });

  it("knows no certificate that nobody has shown, and no path out of its folders", async (t) => {
    const hub = await startTrustHub(t);
    const decision = { decision: "trust" };
    const unknown = await hub.admin.ask("PUT", `${TRUST}/clients/${"0".repeat(64)}`, decision);
    const outside = await hub.admin.ask("PUT", `${TRUST}/..%2F..%2F/${"0".repeat(64)}`, decision);
    const short = await hub.admin.ask("PUT", `${TRUST}/clients/00`, decision);

    assert.deepEqual([unknown.status, outside.status, short.status], [404, 404, 400]);
  });

  it("hands out the certificate of the hub, and never its key", async (t) => {
    const hub = await startTrustHub(t);

    const answer = await hub.admin.ask("GET", "/api/v1/opcua/certificate");
    const certificate = new X509Certificate(Buffer.from(await answer.arrayBuffer()));

    const { own } = trustSchema.parse(await hub.admin.json("GET", TRUST));
    assert.equal(certificate.fingerprint256.replaceAll(":", "").toLowerCase(), own?.sha256);
    assert.equal(answer.headers.get("content-type"), "application/pkix-cert");
  });
});
