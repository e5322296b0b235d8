/**
 * The socket of the HTTP side: plain, or TLS with a certificate that is read again when its files change. Whoever speaks
 * plain HTTP to a port with TLS is told so, in words.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { randomBytes, type X509Certificate } from "node:crypto";
import type { Logger } from "@unshub/adapter";
import { loadTls, SYSTEM_CLOCK, type TlsKeeper } from "../broker/index.ts";
import type { HttpListener } from "../config/index.ts";
import type { HttpArrivals } from "./http-arrivals.ts";

const HANDSHAKE_WITHIN_MS = 10_000;
/** The first byte of every TLS handshake. */
const TLS_HANDSHAKE = 0x16;

export interface HttpDoor {
  /** For fastify, which makes its server with it. */
  readonly serverFactory: (handler: RequestListener) => Server;
  readonly isTls: boolean;
  /** The certificate that is shown; `undefined` without TLS. */
  readonly certificate: () => X509Certificate | undefined;
  /** Milliseconds since 1970 UTC at which it ends. */
  readonly validTo: () => number | undefined;
  reloadCertificate(): void;
  close(): void;
}

/** Beyond it nobody comes in until somebody goes: pages keep few connections open, programs one. */
const MOST_CONNECTIONS = 1000;
/** Whoever sends a question drop by drop is let go. */
const HEAD_WITHIN_MS = 10_000;
const QUESTION_WITHIN_MS = 60_000;

function bounded<Bounded extends Server>(server: Bounded): Bounded {
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = HEAD_WITHIN_MS;
  server.requestTimeout = QUESTION_WITHIN_MS;
  return server;
}

/** @throws {BrokerError} CERTIFICATE_UNUSABLE */
export async function httpDoor(
  { tls }: Pick<HttpListener, "tls">,
  { log, arrivals }: { readonly log: Logger; readonly arrivals: HttpArrivals },
): Promise<HttpDoor> {
  if (tls === undefined) {
    return {
      serverFactory: (handler) => arrivals.watch(bounded(createServer(handler)), false),
      isTls: false,
      certificate: () => undefined,
      validTo: () => undefined,
      reloadCertificate: () => undefined,
      close: () => undefined,
    };
  }
  const { TlsKeeper, secureOptions } = await loadTls();
  const setting = "listeners.http";
  const keeper = new TlsKeeper({ files: tls, setting, log, clock: SYSTEM_CLOCK });
  return {
    serverFactory: (handler) =>
      arrivals.watch(bounded(secureServer(handler, { keeper, secureOptions, log })), true),
    isTls: true,
    certificate: () => keeper.credentials.certificate,
    validTo: () => keeper.credentials.validTo,
    reloadCertificate: () => keeper.reload(),
    close: () => keeper.stop(),
  };
}

interface Security {
  readonly keeper: TlsKeeper;
  readonly secureOptions: Awaited<ReturnType<typeof loadTls>>["secureOptions"];
  readonly log: Logger;
}

function secureServer(handler: RequestListener, { keeper, secureOptions, log }: Security): Server {
  const asksForCertificate = keeper.credentials.ca !== undefined;
  const server = createSecureServer(
    {
      ...secureOptions(keeper.credentials),
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate && !keeper.areCertificatesOptional,
      handshakeTimeout: HANDSHAKE_WITHIN_MS,
    },
    handler,
  );
  keeper.onRenewed = (credentials) => {
    server.setSecureContext(secureOptions(credentials));
    server.setTicketKeys(randomBytes(48)); // tickets of a CA that was taken away are worth nothing
  };
  server.on("tlsClientError", (error) => {
    log.debug({ error: error.message }, "TLS handshake at the HTTP port failed");
  });
  sortByFirstByte(server);
  return server;
}

/** Lets TLS go its way, and tells everybody else what is spoken here. */
function sortByFirstByte(server: Server): void {
  const plain = createServer((request, response) => {
    const { host = "this host" } = request.headers;
    const where = `https://${host}${request.url ?? "/"}`;
    response.writeHead(426, {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      upgrade: "TLS/1.3, HTTP/1.1",
      connection: "close",
    });
    response.end(`This port speaks HTTPS, and this was plain HTTP. Use ${where}\n`);
  });
  plain.headersTimeout = HANDSHAKE_WITHIN_MS;
  const toTls = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    socket.setTimeout(HANDSHAKE_WITHIN_MS, () => socket.destroy());
    socket.once("error", () => socket.destroy());
    socket.once("data", (head: Buffer) => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.pause();
      socket.unshift(head);
      if (head[0] === TLS_HANDSHAKE) for (const accept of toTls) accept.call(server, socket);
      else plain.emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
}
