/** The keys that say where a server is, how the connection is protected, and whom it trusts. */
import { secret, section } from "@unshub/adapter";
import { z } from "zod";
import { WAIVABLE, type Identity, type SecurityChoice } from "../config.ts";
import { POLICIES } from "../connect/policies.ts";
import { PROFILE_NAMES } from "../connect/profiles.ts";
import { duration } from "./parts.ts";

const ENDPOINT = /^opc\.tcp:\/\/(\[[0-9a-f:]+\]|[^\s/:[\]]+)(:\d{1,5})?(\/\S*)?$/i;
const endpoint = z.string().regex(ENDPOINT, "write it like opc.tcp://10.0.1.50:4840");

const policyName = z.enum(POLICIES.map(({ name }) => name).filter((name) => name !== "None"));

const security = z
  .union([
    z.enum(["none", "auto"]),
    section({ policy: policyName, mode: z.enum(["Sign", "SignAndEncrypt"]) }),
  ])
  .transform((given): SecurityChoice => {
    return typeof given === "string" ? { kind: given } : { kind: "named", ...given };
  });

const identity = z
  .union([
    z.literal("anonymous"),
    section({
      user: z.string().min(1),
      password: secret.describe("${env:NAME} or ${file:/path}; else it stands in the file"),
    }),
    section({ certificate: z.string().min(1), key: z.string().min(1) }),
  ])
  .transform((given): Identity => {
    if (given === "anonymous") return { kind: "anonymous" };
    return "user" in given ? { kind: "user", ...given } : { kind: "certificate", ...given };
  });

/** `sha256:` and 64 hex digits, with or without colons between the bytes. */
const fingerprint = z.string().transform((text, context): string => {
  const digits = text.replace(/^sha-?256:/i, "").replaceAll(":", "");
  if (/^[0-9a-f]{64}$/i.test(digits)) return digits.toLowerCase();
  context.addIssue("is no SHA-256 fingerprint; write sha256: and 64 hex digits");
  return z.NEVER;
});

const MIB = 1_048_576;

/** `endpoint` and `endpoints` together are checked in `rules.ts`. */
export const connectionKeys = {
  endpoint: endpoint.optional().describe("of the server, e.g. opc.tcp://10.0.1.50:4840"),
  endpoints: z.array(endpoint).min(1).max(10).optional(),
  endpointUrl: z.enum(["asConfigured", "asServer"]).default("asConfigured"),
  security: security.default({ kind: "auto" }),
  allowNone: z.boolean().default(false).describe("true: security none is meant"),
  allowDeprecated: z.boolean().default(false),
  allowPlainPassword: z.boolean().default(false),
  identity: identity.default({ kind: "anonymous" }),
  trust: z.array(fingerprint).default([]),
  trustOnFirstUse: z.boolean().default(false),
  waive: z.array(z.enum(WAIVABLE)).default([]),
  sessionTimeout: duration(1_000).default(60_000),
  handBack: duration(0).default(60_000),
  /** 64 MiB at most. */
  maxMessageSize: z
    .int()
    .min(64 * 1_024)
    .max(64 * MIB)
    .default(16 * MIB),
  profile: z.enum(PROFILE_NAMES).optional(),
};
