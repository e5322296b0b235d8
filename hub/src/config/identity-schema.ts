/**
 * The section `identity:`: what somebody may who shows nothing, and who they are who show a certificate or a token of an
 * OIDC issuer. Users, tokens and shared keys are not here: they change while the hub runs.
 */
import { isAbsolute, resolve } from "node:path";
import { section } from "@unshub/adapter";
import { z } from "zod";
import { ROLES, ruleFault } from "../identity/index.ts";
import { duration } from "./units.ts";

const text = z.string().min(1);

/** `{ when: { cn: "scada-{n}" }, name: "{n}", grants: [host scada] }`, or with `user:` the rights of that user. */
const ruleSection = section({
  when: z.record(text, text),
  user: text.optional(),
  name: text.optional(),
  role: z.enum(ROLES).default("viewer"),
  grants: z.array(text).default([]),
}).superRefine((rule, context) => {
  const message = ruleFault(rule);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/** Over the network only with TLS: whoever can change the keys of an issuer is everybody. */
const issuer = z
  .string()
  .refine(isSafeUrl, "is no https:// URL (http:// is for this machine only)");
const keys = z
  .string()
  .min(1)
  .refine(
    (where) => !/^[a-z]+:\/\//i.test(where) || isSafeUrl(where),
    "is neither a file nor an https:// URL (http:// is for this machine only)",
  );

const issuerSection = section({
  issuer,
  /** Tokens for others are refused. */
  audience: text,
  /** File or URL of the keys; left out: the discovery document of the issuer names it. */
  jwks: keys.optional(),
  clockSkew: duration({ least: "0s", most: "10m" }).default(60_000),
  rules: z
    .array(ruleSection)
    .min(1)
    .default([{ when: { sub: "{name}" }, user: "{name}", role: "viewer", grants: [] }]),
});

export const identitySection = section({
  anonymous: z.enum(["none", "read", "full"]).default("full"),
  insecure: z.boolean().default(false),
  certificates: section({
    /** Lists of revoked certificates, PEM or DER. */
    crl: z.array(text).default([]),
    rules: z
      .array(ruleSection)
      .min(1)
      .default([
        {
          when: { uri: "urn:sparkplug:{group}:{node}" },
          name: "{group}/{node}",
          role: "viewer",
          grants: ["node {group}/{node}"],
        },
        { when: { cn: "{name}" }, user: "{name}", role: "viewer", grants: [] },
        {
          when: { ou: "{group}", cn: "{node}" },
          name: "{group}/{node}",
          role: "viewer",
          grants: ["node {group}/{node}"],
        },
      ]),
  }).prefault({}),
  jwt: z.array(issuerSection).default([]),
  /** Of people at the page. */
  session: section({
    idle: duration({ least: "1m", most: "7d" }).default(3_600_000),
    longest: duration({ least: "1m", most: "30d" }).default(43_200_000),
  }).prefault({}),
});

type ParsedIdentity = z.output<typeof identitySection>;

/** Paths are absolute. */
export interface IdentityConfig extends Readonly<Omit<ParsedIdentity, "session">> {
  /** Milliseconds: without use, and at most. */
  readonly session: { readonly idleMs: number; readonly longestMs: number };
}

export function toIdentityConfig(parsed: ParsedIdentity, folder: string): IdentityConfig {
  const place = (where: string): string =>
    isAbsolute(where) || URL.canParse(where) ? where : resolve(folder, where);
  return {
    ...parsed,
    session: { idleMs: parsed.session.idle, longestMs: parsed.session.longest },
    certificates: { ...parsed.certificates, crl: parsed.certificates.crl.map(place) },
    jwt: parsed.jwt.map(({ jwks, ...rest }) => ({
      ...rest,
      ...(jwks !== undefined && { jwks: place(jwks) }),
    })),
  };
}

function isSafeUrl(where: string): boolean {
  if (!URL.canParse(where)) return false;
  const { protocol, hostname } = new URL(where);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isHere);
}
