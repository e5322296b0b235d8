/** Whoever came in, by whatever way: the one thing that MQTT, HTTP, the page and MCP ask. */
import type { X509Certificate } from "node:crypto";
import { compileGrants, type Grant, type Rights } from "./grants.ts";
import { readGrant } from "./grant-text.ts";
import type { Facts } from "./rules.ts";
import { roleAllows, type Action, type Role } from "./roles.ts";

/** The sources of identities; two of them can never give the same principal. */
type IdentitySource = "user" | "token" | "x509" | "psk" | "jwt" | "anonymous" | "hub";

export interface Principal {
  /** With its source in front: `user:scada1`. Owns sessions and stands in the audit trail. */
  readonly id: string;
  readonly source: IdentitySource;
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly Grant[];
  /** Milliseconds since 1970 UTC; left out: as long as it is not taken away. */
  readonly expiresAt?: number | undefined;
  /** What it came in with, for principals that are made of what they show; asked again when rights change. */
  readonly shown?: Shown | undefined;
}

/** What makes a principal that no list knows. */
export type Shown =
  | { readonly kind: "certificate"; readonly certificate: X509Certificate }
  | { readonly kind: "jwt"; readonly issuer: string; readonly facts: Facts };

export interface PrincipalParts {
  readonly source: IdentitySource;
  readonly name: string;
  readonly role: Role;
  readonly grants: readonly string[];
  readonly expiresAt?: number | undefined;
}

/** Grants that were checked when they were given; one that can no longer be read gives nothing. */
export function principalOf({ source, name, role, grants, expiresAt }: PrincipalParts): Principal {
  return {
    id: source === "anonymous" ? source : `${source}:${name}`,
    source,
    name,
    role,
    grants: grants.flatMap((text) => {
      const read = readGrant(text);
      return read.kind === "grant" ? [read.grant] : [];
    }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** The rights of a principal over topics, for one of its clients. */
export function rightsOf({ name, grants }: Principal, clientId: string): Rights {
  return compileGrants(grants, { name, clientId });
}

/** Whether a principal may do such things at all. */
export function mayDo({ role }: Principal, action: Action): boolean {
  return roleAllows(role, action);
}

/** A metric, as far as rights to command it go. */
export interface WrittenMetric {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string | undefined;
  readonly name: string;
}

/** Whether a principal may write a metric: by its role, and by a grant `command` as over MQTT. */
export function mayWrite(principal: Principal, metric: WrittenMetric): boolean {
  if (!mayDo(principal, "write metrics")) return false;
  const { groupId, edgeNodeId, deviceId, name } = metric;
  const topic =
    deviceId === undefined
      ? `spBv1.0/${groupId}/NCMD/${edgeNodeId}`
      : `spBv1.0/${groupId}/DCMD/${edgeNodeId}/${deviceId}`;
  return rightsOf(principal, "").mayCommand(topic, name);
}
