/** Clients of the library as this adapter needs them: our certificate, the server's one that was judged, no retries. */
import type { OPCUAClient, OPCUAClientOptions } from "node-opcua-client";
import type { ConnectionConfig } from "../config.ts";
import type { Library } from "../library.ts";
import type { OwnCertificate } from "@unshub/opcua-trust";
import type { EndpointOffer } from "./endpoint-offer.ts";
import { policyName, policyUri } from "./policies.ts";

type CertificateStore = NonNullable<OPCUAClientOptions["clientCertificateManager"]>;
type KeyPair = NonNullable<OPCUAClientOptions["certificateKeyPairProvider"]>;

/** What a client is made of. */
export interface ClientParts {
  readonly library: Library;
  readonly config: ConnectionConfig;
  readonly own: OwnCertificate;
  /** Shown to the server as the name of our sessions. */
  readonly name: string;
}

/** A certificate, or a chain of them, in DER. */
type Shown = Uint8Array | readonly Uint8Array[];

const CHUNK_BYTES = 8_192;
/** The library takes so much memory for each request, 640 KB by itself: garbage that had everything collected every few seconds. */
const SEND_BUFFER_BYTES = 65_536;

/** `offer`: the endpoint that was chosen; left out: an open channel, for asking what there is. */
export function newClient(parts: ClientParts, offer?: EndpointOffer): OPCUAClient {
  const { library, config, own, name } = parts;
  const mode = offer?.mode ?? "None";
  const isKnown = offer !== undefined && offer.certificate.length > 0;
  return library.OPCUAClient.create({
    applicationName: "UNS Hub",
    applicationUri: own.facts.applicationUri ?? "urn:unshub",
    clientName: name,
    certificateKeyPairProvider: keyPair(library, own),
    clientCertificateManager: onlyTrusts(library, offer?.certificate),
    securityMode: library.MessageSecurityMode[mode],
    securityPolicy: policyUri(mode === "None" ? "None" : policyName(offer?.policyUri)),
    endpointMustExist: false, // the server may know itself by another host name
    connectionStrategy: { maxRetry: 0 },
    requestedSessionTimeout: config.sessionTimeoutMs,
    keepSessionAlive: false, // the adapter's own watch does
    keepPendingSessionsOnDisconnect: true, // a session is closed by us, or kept for the next link
    transportSettings: {
      maxMessageSize: config.maxMessageBytes,
      maxChunkCount: Math.ceil(config.maxMessageBytes / CHUNK_BYTES),
      sendBufferSize: SEND_BUFFER_BYTES,
    },
    ...(isKnown ? { serverCertificate: offer.certificate } : {}),
  });
}

function keyPair(library: Library, own: OwnCertificate): KeyPair {
  const key = library.crypto_utils.makePrivateKeyFromPem(own.key);
  return {
    getCertificate: () => own.certificate,
    getCertificateChain: () => [own.certificate],
    getPrivateKey: () => key,
  };
}

/**
 * Who is trusted was decided before the client was made. When the library asks again, because the server came back with
 * another certificate, the answer is no: the next attempt decides anew.
 */
function onlyTrusts(library: Library, judged: Buffer | undefined): CertificateStore {
  const isJudged = (certificate: Shown): boolean => {
    const parts = certificate instanceof Uint8Array ? [certificate] : certificate;
    const bytes = Buffer.concat(parts);
    return judged?.subarray(0, bytes.length).equals(bytes) === true;
  };
  const { Good, BadCertificateUntrusted } = library.StatusCodes;
  return {
    referenceCounter: 0,
    initialize: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
    checkCertificate: (it: Shown) => Promise.resolve(isJudged(it) ? Good : BadCertificateUntrusted),
    getTrustStatus: (it: Shown) => Promise.resolve(isJudged(it) ? Good : BadCertificateUntrusted),
    verifyCertificate: (it: Shown) =>
      Promise.resolve(isJudged(it) ? "Good" : "BadCertificateUntrusted"),
    trustCertificate: () => Promise.resolve(),
    rejectCertificate: () => Promise.resolve(),
    addIssuer: () => Promise.resolve(undefined),
    addRevocationList: () => Promise.resolve(undefined),
  };
}
