/** A hub with everybody of the permission table, and clients that come in by every way there is. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { IConnackPacket, IConnectPacket } from "mqtt-packet";
import { createWebSocketStream, WebSocket } from "ws";
import { PlantCa } from "../../hub/src/plant-ca/index.ts";
import { identityHub, PASSWORD, type IdentityHub } from "./identity-hub.ts";
import { tempDir, type Ending } from "./hub.ts";
import { openSocket, RawClient } from "./mqtt-raw-client.ts";
import { ROWS, type Row } from "./permission-table.ts";

export type Transport = "mqtt" | "mqtts" | "ws" | "wss" | "psk";
export type Version = 4 | 5;

/** The ways by which somebody with such a credential comes. */
export const WAYS: Readonly<Record<Row["credential"], readonly Transport[]>> = {
  user: ["mqtt", "ws", "mqtts"],
  token: ["mqtt", "wss"],
  jwt: ["mqtt", "ws"],
  certificate: ["mqtts", "wss"],
  psk: ["psk"],
};

const ISSUER = "https://issuer.test";
const AUDIENCE = "unshub";

export class PermissionPlant {
  readonly hub: IdentityHub;
  readonly #dir: string;
  /** What is shown, by name: password, token, key. */
  readonly #secrets: ReadonlyMap<string, string>;
  #lastId = 0;

  constructor(hub: IdentityHub, dir: string, secrets: ReadonlyMap<string, string>) {
    this.hub = hub;
    this.#dir = dir;
    this.#secrets = secrets;
  }

  static async open(t: Ending): Promise<PermissionPlant> {
    const dir = join(tempDir(t), "ca");
    const issue = await makeIssuer(dir, await makeCertificates(dir));
    const [cert, key, clientCa] = ["server.pem", "server.key", "ca.pem"].map((f) => join(dir, f));
    const tls = `port: 0, cert: ${cert}, key: ${key}, clientCa: ${clientCa}, clientCertificates: optional`;
    const hub = await identityHub(t, `jwt: [${issue.config}]`, {
      listeners: `{ http: { port: 0 }, mqtt: { port: 0 }, ws: { port: 0 }, psk: { port: 0 }, mqtts: { ${tls} }, wss: { ${tls} } }`,
      more: "mqtt: { durability: memory, limits: { refusedPerMinute: unlimited } }",
    });
    const secrets = new Map<string, string>();
    for (const row of ROWS) secrets.set(row.name, await addTo(hub, row, issue.sign));
    await hub.addUser("eye", "viewer", EYE);
    secrets.set("eye", PASSWORD);
    return new PermissionPlant(hub, dir, secrets);
  }

  /** Everything that was ever shown to come in. */
  get secrets(): readonly string[] {
    return [...new Set(this.#secrets.values())];
  }

  /** A client of a row, with a client identifier that it may have; the CONNACK besides. */
  async client(
    row: Pick<Row, "name" | "credential">,
    transport: Transport,
    packet: Partial<IConnectPacket> & { readonly protocolVersion: Version },
  ): Promise<{ readonly client: RawClient; readonly connack: IConnackPacket }> {
    const { name, credential } = row;
    const client = new RawClient(await this.#stream(row, transport), packet.protocolVersion);
    const byPassword = credential !== "certificate" && credential !== "psk";
    this.#lastId += 1;
    const connack = await client.connect({
      clientId: `${name}-${this.#lastId}`,
      ...(byPassword && { username: name, password: Buffer.from(this.#secrets.get(name) ?? "") }),
      ...packet,
    });
    return { client, connack };
  }

  /** How a row shows itself over HTTP; `undefined`: there is no such way. */
  authorization({ name, credential }: Row): string | undefined {
    const secret = this.#secrets.get(name) ?? "";
    if (credential === "user")
      return `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
    return credential === "token" || credential === "jwt" ? `Bearer ${secret}` : undefined;
  }

  async #stream(
    { name, credential }: Pick<Row, "name" | "credential">,
    transport: Transport,
  ): Promise<Duplex> {
    const port = this.hub.port(transport);
    const ca = readFileSync(join(this.#dir, "ca.pem"));
    const shown = credential === "certificate" && {
      cert: readFileSync(join(this.#dir, `clients/${name}.pem`)),
      key: readFileSync(join(this.#dir, `clients/${name}.key`)),
    };
    switch (transport) {
      case "mqtt":
        return await openSocket(port);
      case "ws":
      case "wss": {
        const url = `${transport}://127.0.0.1:${port}/mqtt`;
        const socket = new WebSocket(url, "mqtt", { ca, ...(shown !== false && shown) });
        await once(socket, "open");
        return createWebSocketStream(socket);
      }
      case "mqtts":
      case "psk": {
        const psk = Buffer.from(this.#secrets.get(name) ?? "", "hex");
        const socket = connectTls({
          host: "127.0.0.1",
          port,
          ...(transport === "mqtts" ? { ca, ...(shown !== false && shown) } : byPsk(name, psk)),
        });
        await once(socket, "secureConnect");
        return socket;
      }
    }
  }
}

/** Somebody who hears all that can be heard. */
const EYE = [
  "host eye",
  "read *",
  "system",
  ...["mes/#", "plain", "SPBV1.0/#", "spAv1.0/#", "/#"].map((filter) => `subscribe ${filter}`),
];
export const EYE_FILTERS = [
  "spBv1.0/+/#",
  "$sparkplug/certificates/spBv1.0/+/#",
  "$SYS/broker/uptime",
  "$UNS/findings/x",
  "mes/#",
  "plain",
  "SPBV1.0/#",
  "spAv1.0/#",
  "/#",
];

/** The edge node of somebody. */
export function ownNode({ name }: Pick<Row, "name">): string {
  return `gw-${name}`;
}

export function grantsOf(row: Row): readonly string[] {
  return row.grants.map((grant) => grant.replaceAll("{own}", ownNode(row)));
}

function byPsk(identity: string, psk: Buffer) {
  return {
    pskCallback: () => ({ identity, psk }),
    ciphers: "PSK+HIGH:TLS_AES_128_GCM_SHA256",
    checkServerIdentity: () => undefined,
  };
}

async function makeCertificates(dir: string): Promise<void> {
  const ca = new PlantCa(dir);
  await ca.init("Plant CA");
  await ca.issue({ kind: "server", name: "server", for: ["localhost", "127.0.0.1"] }, 90);
  for (const { name, credential } of ROWS) {
    if (credential === "certificate") await ca.issue({ kind: "client", name, for: [] }, 90);
  }
}

interface TestIssuer {
  /** YAML of the issuer in `identity.jwt`. */
  readonly config: string;
  readonly sign: (sub: string) => Promise<string>;
}

async function makeIssuer(dir: string, _made: void): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwks = join(dir, "jwks.json");
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k" }] }));
  const rules = ROWS.filter(({ credential }) => credential === "jwt").map((row) => ({
    when: { sub: row.name },
    name: row.name,
    role: row.role,
    grants: grantsOf(row),
  }));
  return {
    config: JSON.stringify({ issuer: ISSUER, audience: AUDIENCE, jwks, rules }),
    sign: async (sub) =>
      await new SignJWT({ sub })
        .setProtectedHeader({ alg: "ES256", kid: "k" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime("1h")
        .sign(privateKey),
  };
}

/** Makes somebody known to the hub; answers what he shows. */
async function addTo(
  hub: IdentityHub,
  row: Row,
  sign: (sub: string) => Promise<string>,
): Promise<string> {
  const { name, role, credential } = row;
  switch (credential) {
    case "certificate":
    case "user":
      await hub.addUser(name, role, grantsOf(row));
      return PASSWORD;
    case "token":
      return await hub.addToken(name, role, grantsOf(row));
    case "psk":
      return await hub.addPsk(name, grantsOf(row));
    case "jwt":
      return await sign(name);
  }
}

/** The text of a pattern of the table for somebody. */
export function filled(pattern: string, row: Pick<Row, "name">): string {
  const text = pattern.replaceAll("{own}", ownNode(row)).replaceAll("{name}", row.name);
  assert.doesNotMatch(text, /[{}]/);
  return text;
}
