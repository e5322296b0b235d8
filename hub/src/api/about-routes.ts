/** `/api/v1/about`: what this hub is, where it listens and with which certificates, and what its history will take. */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Broker } from "../broker/index.ts";
import type { HistoryState } from "../history/index.ts";
import { hubVersion } from "../version.ts";
import { certificateJson, certificateShape } from "./certificate-json.ts";
import { historyNeed, historyShape, type KeptHistory } from "./history-need.ts";
import { licences } from "./licences.ts";
import type { PageFiles } from "./page-files.ts";
import type { RouteHead, Routes } from "./routes.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

export interface AboutRoutes {
  readonly broker: Pick<Broker, "addresses" | "certificates">;
  readonly http: {
    readonly certificate: () => X509Certificate | undefined;
    readonly address: () => Place;
  };
  readonly listeners: {
    readonly metrics: Place | undefined;
    readonly opcua: Place | undefined;
  };
  readonly historyConfig: KeptHistory;
  readonly history: { readonly history: { state(): HistoryState } } | undefined;
  readonly now: () => number;
  readonly page: Pick<PageFiles, "licences">;
}

const ABOUT = {
  method: "GET",
  tag: "Operation",
  needs: "read diagnostics",
} as const satisfies Partial<RouteHead>;

const listener = z.object({
  kind: z.string(),
  host: z.string(),
  port: z.int(),
  certificate: certificateShape.nullable().describe("null: without TLS, or with one of its own"),
});
const licensed = z.object({ name: z.string(), version: z.string(), licence: z.string() });
const inPage = z.array(licensed).catch([]);

export function addAboutRoutes(routes: Routes, rooms: AboutRoutes): void {
  routes.add({
    ...ABOUT,
    path: "/api/v1/about",
    summary: "Versions, listeners with their certificates, and the disk that the history will need",
    answers: {
      200: z.object({
        version: z.string(),
        node: z.string(),
        sqlite: z.string(),
        platform: z.string(),
        listeners: z.array(listener),
        history: historyShape.nullable().describe("null: nothing is to be recorded"),
      }),
    },
    handle: () => ({
      version: hubVersion(),
      node: process.versions.node,
      sqlite: process.versions["sqlite"] ?? "",
      platform: `${process.platform} ${process.arch}`,
      listeners: listenersOf(rooms),
      history:
        rooms.history === undefined
          ? null
          : historyNeed({
              state: rooms.history.history.state(),
              config: rooms.historyConfig,
              now: rooms.now(),
            }),
    }),
  });
  routes.add({
    ...ABOUT,
    path: "/api/v1/about/licences",
    summary: "What the hub and its page are made of besides themselves, with the licence of each",
    answers: {
      200: z.object({
        packages: z.array(
          licensed.extend({
            isInPage: z.boolean().describe("Built into the page; else in the hub"),
          }),
        ),
      }),
    },
    handle: () => ({
      packages: [
        ...licences().map((one) => ({ ...one, isInPage: false })),
        ...inPage.parse(rooms.page.licences).map((one) => ({ ...one, isInPage: true })),
      ],
    }),
  });
}

type Listening = z.output<typeof listener>;

function shown(certificate: X509Certificate | undefined): Listening["certificate"] {
  return certificate === undefined ? null : certificateJson(certificate);
}

function listenersOf({ broker, http, listeners }: AboutRoutes): readonly Listening[] {
  const own: ReadonlyMap<string, X509Certificate> = new Map(
    broker.certificates.map(({ kind, certificate }) => [kind, certificate]),
  );
  const certificate = http.certificate();
  const kind = certificate === undefined ? "http" : "https";
  return [
    ...broker.addresses.map((address) => ({
      kind: address.kind,
      host: address.host,
      port: address.port,
      certificate: shown(own.get(address.kind)),
    })),
    { kind, ...http.address(), certificate: shown(certificate) },
    ...withoutOwn("metrics", listeners.metrics),
    ...withoutOwn("opcua", listeners.opcua),
  ];
}

function withoutOwn(kind: string, place: Place | undefined): readonly Listening[] {
  return place === undefined
    ? []
    : [{ kind, host: place.host, port: place.port, certificate: null }];
}
