/**
 * `/api/v1/opcua/…`: the certificates that servers and clients of OPC UA have shown, and who of them is trusted. The
 * files decide, and are read at each attempt: what is done here counts at the next one.
 */
import {
  certificateDir,
  clientsDir,
  readOwnCertificate,
  TRUST_FOLDERS,
  trustDir,
  TrustStore,
  usersDir,
  type CertificateFacts,
  type StoredCertificate,
  type StoredList,
} from "@unshub/opcua-trust";
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { adapterFolders, type Supervisor } from "../supervisor/index.ts";
import { carriedOut } from "./noted.ts";
import { problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface TrustRoutes {
  readonly adapters: Pick<Supervisor, "reports">;
  readonly dataDir: string;
  /** Whether the hub is an OPC UA server itself. */
  readonly hasClients: boolean;
  readonly access: Pick<Access, "note" | "tell">;
}

/** Whose certificates they are: of servers that one adapter connects to, of clients of the hub, or of their users. */
interface Place {
  readonly id: string;
  readonly kind: "servers" | "clients" | "users";
  /** The adapter; of clients and users, nothing. */
  readonly adapter: string | null;
  readonly folder: string;
}

const PROTOCOL = "opcua";

const facts = z.object({
  subject: z.string(),
  issuer: z.string(),
  isSelfSigned: z.boolean(),
  applicationUri: z.string().nullable(),
  hosts: z.array(z.string()),
  validFrom: moment,
  validTo: moment,
  sha256: z.string().describe("64 hex digits"),
  sha1: z.string().describe("40 hex digits, as most servers show it"),
});
const stored = facts.extend({
  folder: z.enum(TRUST_FOLDERS),
  chain: z.array(facts).describe("Those that signed it, as they were shown"),
});
const list = z.object({
  issuer: z.string(),
  revoked: z.number().describe("How many certificates it takes back"),
  madeAt: moment,
  nextAt: moment.nullable().describe("When a newer one is due"),
  isSigned: z
    .boolean()
    .describe(
      "By a trusted certificate or issuer; without that it takes back only what is shown with its issuer",
    ),
});
const place = z.object({
  id: z.string(),
  kind: z.enum(["servers", "clients", "users"]),
  adapter: z.string().nullable(),
  certificates: z.array(stored),
  lists: z.array(list).describe("Revocation lists of issuers"),
});
const decisions = z.enum(["trust", "trust issuer", "reject"]);

const READING = { tag: "OPC UA", needs: "read diagnostics" } as const satisfies Partial<RouteHead>;

export function addTrustRoutes(routes: Routes, options: TrustRoutes): void {
  routes.add({
    ...READING,
    method: "GET",
    path: "/api/v1/opcua/trust",
    summary: "Certificates of OPC UA servers and clients: waiting, trusted, rejected",
    answers: {
      200: z.object({ now: moment, own: facts.nullable(), places: z.array(place) }),
    },
    handle: async ({ caller }) => {
      const own = await readOwnCertificate(ownDir(options.dataDir));
      const places = await placesFor(caller, options);
      return {
        now: Date.now(),
        own: own === undefined ? null : shown(own.facts),
        places: await Promise.all(places.map(withCertificates)),
      };
    },
  });
  routes.add({
    ...READING,
    method: "GET",
    path: "/api/v1/opcua/certificate",
    summary: "The hub's own certificate, to be carried to those who must trust it",
    answers: { 200: { type: "application/pkix-cert", description: "The certificate as DER" } },
    problems: [404],
    handle: async ({ reply }) => {
      const own = await readOwnCertificate(ownDir(options.dataDir));
      if (own === undefined) return problem(404, "the hub has no certificate yet");
      void reply
        .type("application/pkix-cert")
        .header("content-disposition", 'attachment; filename="unshub.der"');
      return own.certificate;
    },
  });
  addDecision(routes, options);
}

function addDecision(routes: Routes, options: TrustRoutes): void {
  routes.add({
    method: "PUT",
    path: "/api/v1/opcua/trust/:place/:sha256",
    tag: "OPC UA",
    summary: "Trusts a certificate that was shown, or all that its issuer signs, or rejects it",
    needs: "edit configuration",
    params: z.object({ place: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    body: z.strictObject({ decision: decisions }),
    answers: { 204: undefined },
    problems: [404, 409],
    handle: async ({ params, body: { decision }, caller }) => {
      const places = await placesFor(caller, options);
      const found = places.find(({ id }) => id === params.place);
      if (found === undefined) return problem(404, `there is no "${params.place}"`);
      const store = new TrustStore(found.folder);
      const chain = await store.find(params.sha256);
      if (chain === undefined) return problem(404, `no certificate ${params.sha256} was shown`);
      if (decision === "trust issuer" && chain.length < 2) {
        return problem(409, "it came without the certificate of its issuer; trust it alone");
      }
      const object = `certificate ${params.sha256} of ${found.adapter ?? OWNERS[found.kind]}`;
      const what = { action: DONE[decision], object };
      const noting = { access: options.access, by: caller.changer, what };
      await carriedOut(noting, () => decide(store, decision, chain));
      return undefined;
    },
  });
}

const OWNERS = { servers: "a server", clients: "a client", users: "a user" } as const;

const DONE = {
  trust: "certificate trusted",
  "trust issuer": "issuer trusted",
  reject: "certificate rejected",
} as const;

async function decide(
  store: TrustStore,
  decision: z.output<typeof decisions>,
  chain: readonly Buffer[],
): Promise<void> {
  if (decision === "trust") return await store.trust(chain);
  if (decision === "reject") return await store.reject(chain);
  return await store.trustIssuer(chain);
}

function sharedDir(dataDir: string): string {
  return adapterFolders(dataDir, { name: "", protocol: PROTOCOL }).sharedDir;
}

function ownDir(dataDir: string): string {
  return certificateDir(sharedDir(dataDir));
}

async function placesFor(caller: Caller, options: TrustRoutes): Promise<readonly Place[]> {
  const { dataDir, hasClients } = options;
  const reports = await options.adapters.reports();
  const servers = reports
    .filter(({ protocol }) => protocol === PROTOCOL)
    .filter(({ groupId, edgeNodeId }) => readsNode(caller, groupId, edgeNodeId))
    .map(({ name }): Place => {
      const folder = trustDir(adapterFolders(dataDir, { name, protocol: PROTOCOL }).dataDir);
      return { id: `adapter:${name}`, kind: "servers", adapter: name, folder };
    });
  if (!hasClients) return servers;
  const shared = sharedDir(dataDir);
  const guests = { clients: clientsDir(shared), users: usersDir(shared) } as const;
  const guestsOf = (kind: keyof typeof guests): Place => {
    return { id: kind, kind, adapter: null, folder: guests[kind] };
  };
  return [...servers, guestsOf("clients"), guestsOf("users")];
}

async function withCertificates({ folder, ...named }: Place): Promise<z.output<typeof place>> {
  const store = new TrustStore(folder);
  const all = await Promise.all(TRUST_FOLDERS.map((each) => store.list(each)));
  const lists = await store.lists();
  return { ...named, certificates: all.flat().map(shownStored), lists: lists.map(shownList) };
}

function shownList({ file: _file, nextAt, ...rest }: StoredList): z.output<typeof list> {
  return { ...rest, nextAt: nextAt ?? null };
}

function shownStored(certificate: StoredCertificate): z.output<typeof stored> {
  const { folder, chain } = certificate;
  return { ...shown(certificate.facts), folder, chain: chain.map(shown) };
}

function shown({
  keyBits: _bits,
  keyUsage: _usage,
  applicationUri,
  ...rest
}: CertificateFacts): z.output<typeof facts> {
  return { ...rest, applicationUri: applicationUri ?? null, hosts: [...rest.hosts] };
}
