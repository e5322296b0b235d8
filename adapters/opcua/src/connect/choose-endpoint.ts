/** Which of the endpoints of a server is used. Never one with less protection than was asked for. */
import type { ConnectionConfig, Identity } from "../config.ts";
import { OpcUaError } from "../errors.ts";
import { offeredText, protectionText, type EndpointOffer } from "./endpoint-offer.ts";
import { isDeprecated, policyOf } from "./policies.ts";

type Wishes = Pick<
  ConnectionConfig,
  "endpoint" | "security" | "allowNone" | "allowDeprecated" | "identity"
>;

/**
 * The best endpoint that fits.
 * @throws {OpcUaError} NO_MATCHING_ENDPOINT, IDENTITY_NOT_OFFERED; the message lists what there is.
 */
export function chooseEndpoint(offers: readonly EndpointOffer[], wishes: Wishes): EndpointOffer {
  const allowed = offers
    .filter((offer) => isAllowed(offer, wishes))
    .toSorted((a, b) => rank(b) - rank(a));
  if (allowed.length === 0) {
    const message = `${wishes.endpoint}: the server offers ${offeredText(offers)}; asked for is ${wishText(wishes)}`;
    throw new OpcUaError("NO_MATCHING_ENDPOINT", message);
  }
  const chosen = allowed.find(({ tokens }) =>
    tokens.some(({ kind }) => kind === wishes.identity.kind),
  );
  if (chosen !== undefined) return chosen;
  const protections = [...new Set(allowed.map(protectionText))].join(", ");
  const message = `${wishes.endpoint}: the server does not offer ${IDENTITY_TEXTS[wishes.identity.kind]} with ${protections}; it offers ${tokensText(allowed)}`;
  throw new OpcUaError("IDENTITY_NOT_OFFERED", message);
}

function isAllowed(offer: EndpointOffer, wishes: Wishes): boolean {
  const { security, allowNone, allowDeprecated } = wishes;
  const policy = policyOf(offer.policyUri);
  if (policy === undefined) return false;
  const isOpen = offer.mode === "None" || policy.name === "None";
  if (security.kind === "none") return allowNone && offer.mode === "None";
  if (security.kind === "named") {
    return policy.name === security.policy && offer.mode === security.mode;
  }
  if (isOpen) return allowNone && offer.mode === "None";
  return allowDeprecated || !isDeprecated(policy.name);
}

/** Encrypted before signed, sound before broken, anything before nothing. */
function rank(offer: EndpointOffer): number {
  const policy = policyOf(offer.policyUri);
  if (policy === undefined || offer.mode === "None") return 0;
  const encrypted = offer.mode === "SignAndEncrypt" ? 10 : 0;
  return policy.rank + encrypted + (policy.isDeprecated ? 0 : 100);
}

function wishText({ security, allowNone }: Wishes): string {
  if (security.kind === "none") return "none";
  if (security.kind === "named") return `${security.policy}/${security.mode}`;
  return allowNone ? "auto" : "auto, which never takes None without allowNone: true";
}

const IDENTITY_TEXTS: Readonly<Record<Identity["kind"], string>> = {
  anonymous: "anonymous sessions",
  user: "user and password",
  certificate: "users with certificates",
};

function tokensText(offers: readonly EndpointOffer[]): string {
  const kinds = new Set(offers.flatMap(({ tokens }) => tokens.map(({ kind }) => kind)));
  return [...kinds].map((kind) => (kind === "other" ? kind : IDENTITY_TEXTS[kind])).join(", ");
}
