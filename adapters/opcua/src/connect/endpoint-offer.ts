/** What a server offers: addresses, how they are protected, who may come in. */
import type { EndpointDescription } from "node-opcua-client";
import type { SecurityMode } from "../config.ts";
import { policyName } from "./policies.ts";

/** How a user may introduce himself. */
interface TokenOffer {
  readonly kind: "anonymous" | "user" | "certificate" | "other";
  /** With what a password is encrypted; empty: as the channel. */
  readonly policyUri: string;
}

/** One endpoint. */
export interface EndpointOffer {
  readonly url: string;
  readonly policyUri: string;
  readonly mode: SecurityMode;
  /** The server's certificate and those that signed it, in DER; empty when it sends none. */
  readonly certificate: Buffer;
  readonly applicationUri: string | undefined;
  readonly tokens: readonly TokenOffer[];
}

const MODES: ReadonlyMap<number, SecurityMode> = new Map<number, SecurityMode>([
  [1, "None"],
  [2, "Sign"],
  [3, "SignAndEncrypt"],
]);
const TOKEN_KINDS: ReadonlyMap<number, TokenOffer["kind"]> = new Map<number, TokenOffer["kind"]>([
  [0, "anonymous"],
  [1, "user"],
  [2, "certificate"],
]);

/** The endpoints of an answer that we can use at all: over TCP, with a mode that exists. */
export function offersOf(endpoints: readonly EndpointDescription[]): readonly EndpointOffer[] {
  return endpoints.flatMap((endpoint) => {
    const url = endpoint.endpointUrl ?? "";
    const mode = MODES.get(endpoint.securityMode);
    // HTTPS and WebSocket have another scheme; some servers send an empty address and mean the one that was asked.
    if (mode === undefined || (url !== "" && !url.startsWith("opc.tcp:"))) return [];
    const tokens = (endpoint.userIdentityTokens ?? []).map(
      ({ tokenType, securityPolicyUri }): TokenOffer => ({
        kind: TOKEN_KINDS.get(tokenType) ?? "other",
        policyUri: securityPolicyUri ?? "",
      }),
    );
    return [
      {
        url,
        mode,
        tokens,
        policyUri: endpoint.securityPolicyUri ?? "",
        certificate: endpoint.serverCertificate ?? Buffer.alloc(0),
        applicationUri: endpoint.server.applicationUri ?? undefined,
      },
    ];
  });
}

/** `Basic256Sha256/SignAndEncrypt`, or `None`. */
export function protectionText({ policyUri, mode }: EndpointOffer): string {
  return mode === "None" ? "None" : `${policyName(policyUri)}/${mode}`;
}

/** Each kind of protection once, as the server lists them. */
export function offeredText(offers: readonly EndpointOffer[]): string {
  return [...new Set(offers.map(protectionText))].join(", ") || "nothing over opc.tcp";
}
