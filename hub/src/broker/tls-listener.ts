/** MQTT over TLS, and what it shares with secure WebSocket: which TLS, and how a new certificate comes in. */
import { constants, randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { createServer, type Server, type TlsOptions, type TLSSocket } from "node:tls";
import { certificateProof } from "./certificate-proof.ts";
import type { Listener, ListenerEvents } from "./listen.ts";
import { listenerOf, remoteAddress } from "./tcp-listener.ts";
import type { TlsCredentials } from "./tls-files.ts";
import type { TlsKeeper } from "./tls-keeper.ts";

/** TLS 1.3 as OpenSSL has it; of TLS 1.2 what has forward secrecy and authenticated encryption. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** A server for MQTT over TLS; the caller tells it where to listen. */
export function createTlsListener(events: ListenerEvents, keeper: TlsKeeper): Listener {
  const inner = createServer(tlsOptions(keeper, events), (socket) => {
    events.accepted(socket, remoteAddress(socket), certificateProof(socket));
  });
  keepCurrent(inner, keeper, events);
  return listenerOf(events, (socket) => inner.emit("connection", socket));
}

/** For a server that is handed its connections. */
export function tlsOptions(keeper: TlsKeeper, events: ListenerEvents): TlsOptions {
  return {
    ...secureOptions(keeper.credentials),
    requestCert: keeper.credentials.ca !== undefined,
    rejectUnauthorized: keeper.credentials.ca !== undefined && !keeper.areCertificatesOptional,
    handshakeTimeout: 2 * events.handshakeWithinMs, // `Arrivals` has ended it by then, and counted it once
  };
}

/** What every TLS listener of the hub speaks, with these credentials. */
export function secureOptions({ cert, key, ca }: TlsCredentials) {
  return {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const;
}

/**
 * New connections get what is new, those that are open stay. Session tickets of before are worth nothing then: a client
 * whose CA was taken away must not come back with one.
 */
export function keepCurrent(inner: Server, keeper: TlsKeeper, events: ListenerEvents): void {
  keeper.onRenewed = (credentials) => {
    inner.setSecureContext(secureOptions(credentials));
    inner.setTicketKeys(randomBytes(48));
  };
  reportHandshakes(inner, events);
}

/** Tells of handshakes that failed, and why. */
export function reportHandshakes(inner: Server, events: ListenerEvents): void {
  inner.on("tlsClientError", (error, socket) => {
    const address = addressBelow(socket);
    const { authorizationError: fault } = socket; // of the client's certificate; the error says only that all is over
    socket.destroy();
    events.handshakeFailed(handshakeFault(error, fault), address);
  });
}

/** A TLS socket that is closed does not know its address any longer; the one below it, which Node keeps there, does. */
function addressBelow(socket: TLSSocket): string {
  const below: unknown = Reflect.get(socket, "_parent");
  return remoteAddress(below instanceof Socket ? below : socket);
}

/** Why a TLS handshake failed, and what to do. `undefined` when the client just went away. */
function handshakeFault(error: Error, certificateFault: unknown): string | undefined {
  if (certificateFault instanceof Error || typeof certificateFault === "string") {
    return `its certificate is not signed by one in clientCa, or is not valid (${String(certificateFault)})`;
  }
  const code = "code" in error ? String(error.code) : "";
  if (GONE.has(code)) return undefined;
  const known = FAULTS.find(([pattern]) => pattern.test(code));
  return known?.[1] ?? error.message;
}

/** The client's socket has ended. */
const GONE: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/HANDSHAKE_TIMEOUT/, "its TLS handshake was not done in time"],
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST|PACKET_LENGTH|RECORD_TOO|UNKNOWN_PROTOCOL/,
    "it does not speak TLS, and this port does; switch TLS on in the client, or connect it to the port without TLS",
  ],
  [
    /UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|NO_SUITABLE|VERSION_TOO_LOW|ALERT_PROTOCOL_VERSION/,
    "its TLS is too old; TLS 1.2 with ECDHE and AES-GCM or ChaCha20 is the least",
  ],
  [
    /BINDER_DOES_NOT_VERIFY|DECRYPTION_FAILED|BAD_RECORD_MAC|DIGEST_CHECK_FAILED/,
    "the shared key (PSK) is wrong, or nobody has its name",
  ],
  [/PEER_DID_NOT_RETURN/, "it shows no certificate, and clientCa asks for one"],
  [
    /ALERT_UNKNOWN_CA|ALERT_BAD_CERTIFICATE|ALERT_CERTIFICATE/,
    "it does not trust the certificate of the hub; give the client the CA that signed it, and use a host name that stands in it",
  ],
];
