/** `unshub cert`: certificates for a plant that has no CA of its own. Works on files; needs no hub. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { durationMs } from "@unshub/adapter";
import { PlantCa, PlantCaError, type IssuedCertificate } from "../plant-ca/index.ts";
import {
  CommandFailure,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { printList } from "./list.ts";
import { printable } from "./printable.ts";
import { textTable } from "./text-table.ts";

export const CERT_USAGE = `unshub cert init [--host NAME]… | server [--host NAME]… | issue NAME [--node GROUP/NODE] |
    revoke NAME|SERIAL | list [--json] | show FILE  [--dir ./ca] [--valid 825d] [--name 'CA NAME']
  A small CA in a folder. init makes it, with a certificate for the hub (server.pem) and an empty list of revoked ones
  (revoked.pem); server makes that of the hub anew. issue makes clients/NAME.pem and .key: with --node for that edge
  node, otherwise for the user NAME of the hub. Keys are for their owner only; keep ca.key away from the plant network.`;

const DAY_MS = 86_400_000;
const USUAL_VALID = "825d";
const COLUMNS = [
  ["name", "left"],
  ["kind", "left"],
  ["until", "left"],
  ["state", "left"],
  ["for", "left"],
  ["serial", "left"],
] as const;

function read(args: readonly string[]) {
  return readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: "string", default: "./ca" },
      host: { type: "string", multiple: true, default: [] },
      node: { type: "string" },
      valid: { type: "string", default: USUAL_VALID },
      name: { type: "string", default: "UNS Hub plant CA" },
      json: { type: "boolean", default: false },
    },
  });
}

type Asked = ReturnType<typeof read>["values"];

export async function cert(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = read(args);
  const [what = "list", name = ""] = positionals;
  try {
    await carryOut(what, name, { values, console, ca: new PlantCa(values.dir) });
  } catch (error) {
    if (error instanceof PlantCaError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  }
  return 0;
}

interface Surroundings {
  readonly values: Asked;
  readonly console: Console;
  readonly ca: PlantCa;
}

async function carryOut(what: string, name: string, around: Surroundings): Promise<void> {
  const { values, console, ca } = around;
  if (["issue", "revoke", "show"].includes(what) && name === "")
    throw new UsageError(`${what} what?`);
  switch (what) {
    case "init":
      return await init(around);
    case "server":
      return console.print(await server(around));
    case "issue":
      return console.print(`${await issue(name, around)}.pem and .key`);
    case "revoke": {
      const count = await ca.revoke(name);
      const where = `${values.dir}/revoked.pem`;
      return console.print(
        `${count} revoked; ${where} tells. Hubs that read it end their connections.`,
      );
    }
    case "list":
      return list(ca.issued(), values.json, console);
    case "show":
      return show(name, console);
    default:
      throw new UsageError(CERT_USAGE);
  }
}

async function init(around: Surroundings): Promise<void> {
  const { values, console, ca } = around;
  await ca.init(values.name);
  await server(around);
  const { dir } = values;
  console.print(`A CA is in ${dir}. In unshub.yaml:

listeners:
  mqtts: { host: 0.0.0.0, cert: ${dir}/server.pem, key: ${dir}/server.key, clientCa: ${dir}/ca.pem }
  http: { host: 0.0.0.0, cert: ${dir}/server.pem, key: ${dir}/server.key }
identity: { anonymous: none, certificates: { crl: [${dir}/revoked.pem] } }

Clients need ${dir}/ca.pem to trust the hub. Make theirs with: unshub cert issue NAME --node GROUP/NODE`);
}

async function server({ ca, values: { host, valid } }: Surroundings): Promise<string> {
  const hosts = [
    ...new Set([...(host.length > 0 ? host : [hostname()]), "localhost", "127.0.0.1"]),
  ];
  const file = await ca.issue({ kind: "server", name: "server", for: hosts }, daysOf(valid));
  return `${file}.pem and .key, for ${hosts.join(", ")}`;
}

async function issue(name: string, { ca, values: { node, valid } }: Surroundings): Promise<string> {
  const uris = node === undefined ? [] : [nodeUri(node)];
  return await ca.issue({ kind: "client", name, for: uris }, daysOf(valid));
}

/** As the hub reads it unless `identity.certificates.rules` says otherwise. */
function nodeUri(node: string): string {
  const [group = "", edgeNode = "", ...rest] = node.split("/");
  if (group === "" || edgeNode === "" || rest.length > 0) {
    throw new UsageError(`--node ${node}: write the group and the edge node, e.g. Plant1/gw-press`);
  }
  return `urn:sparkplug:${encodeURIComponent(group)}:${encodeURIComponent(edgeNode)}`;
}

function daysOf(valid: string): number {
  const lasts = durationMs.safeParse(valid);
  if (lasts.success && lasts.data >= DAY_MS) return Math.floor(lasts.data / DAY_MS);
  throw new UsageError(`--valid ${valid}: write at least a day, e.g. ${USUAL_VALID}`);
}

function list(issued: readonly IssuedCertificate[], json: boolean, console: Console): void {
  const rows = issued.map(({ revokedAt, validTo, ...each }) => [
    each.name,
    each.kind,
    dayOf(validTo),
    revokedAt === undefined
      ? validTo > Date.now()
        ? "counts"
        : "is over"
      : `revoked ${dayOf(revokedAt)}`,
    each.for.join(", "),
    each.serial,
  ]);
  printList(issued, { json, table: () => textTable(COLUMNS, rows) }, console);
}

function show(file: string, console: Console): void {
  const certificate = certificateIn(file);
  const {
    subject,
    issuer,
    subjectAltName = "none",
    validToDate,
    validFromDate,
    serialNumber,
    raw,
  } = certificate;
  for (const [what, text] of [
    ["subject", subject.replaceAll("\n", ", ")],
    ["issuer", issuer.replaceAll("\n", ", ")],
    ["other names", subjectAltName],
    ["valid", `${dayOf(validFromDate.getTime())} to ${dayOf(validToDate.getTime())}`],
    ["serial", serialNumber],
    ["sha256", createHash("sha256").update(raw).digest("hex")],
  ]) {
    console.print(printable(`${what?.padEnd(12)} ${text}`));
  }
}

function certificateIn(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (cause) {
    throw new CommandFailure(`${file} holds no certificate that can be read`, { cause });
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
