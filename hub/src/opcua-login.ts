/** Users and tokens of the hub as the OPC UA server asks for them: who it is, what he sees, and which metrics he may write. */
import { X509Certificate } from "node:crypto";
import { Sight } from "./feed/index.ts";
import {
  mayDo,
  mayWrite,
  reachOf,
  type Access,
  type Credentials,
  type Principal,
} from "./identity/index.ts";
import type { Authenticate, OpcUaCredentials, OpcUaUser } from "./opcua-server/index.ts";
import type { UnsTree } from "./tree/index.ts";

type Identities = Pick<Access, "authenticator" | "audit" | "current">;

/** Reading is by the grants `read`; a write needs a role that may write, and a grant `command`, as over MQTT and HTTP. */
export function opcUaLogin(access: Identities, tree: UnsTree): Authenticate {
  const { authenticator, audit } = access;
  return async (login, address) => {
    const { actor, credentials } = shownBy(login);
    const result = await authenticator.authenticate(credentials, address);
    const entry = { via: "opcua", address, action: "log in" } as const;
    if (result.kind === "refused") {
      const reason = result.because;
      audit.refused({ actor, ...entry, result: "refused", reason });
      return undefined;
    }
    const { principal } = result;
    if (!mayDo(principal, "read values")) return undefined;
    audit.later({ actor: principal.id, ...entry, result: "done" });
    return userOf(principal, { access, tree, address });
  };
}

/** As identity takes it, and what stands on the trail for who is refused. @throws when a certificate cannot be read. */
function shownBy(login: OpcUaCredentials): {
  readonly actor: string;
  readonly credentials: Credentials;
} {
  if ("name" in login)
    return { actor: `user:${login.name}`, credentials: { kind: "password", ...login } };
  const certificate = new X509Certificate(login.certificate);
  const actor = `certificate:${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`;
  return { actor, credentials: { kind: "certificate", certificate } };
}

interface Place {
  readonly access: Pick<Access, "current">;
  readonly tree: UnsTree;
  readonly address: string;
}

/** Rights that are taken away end at once: what he may write is asked each time, what he sees when rights change. */
function userOf(principal: Principal, { access, tree, address }: Place): OpcUaUser {
  let sight = new Sight(tree, reachOf(principal));
  const renew = (): boolean => {
    const now = access.current(principal);
    if (now === undefined || !mayDo(now, "read values")) return false;
    const reach = reachOf(now);
    if (reach.key !== sight.key) sight = new Sight(tree, reach);
    return true;
  };
  const may: OpcUaUser["mayWrite"] = (info) => {
    const now = access.current(principal);
    return now !== undefined && mayWrite(now, info);
  };
  return {
    get sight() {
      return sight;
    },
    renew,
    mayWrite: may,
    writer: {
      actor: principal.id,
      via: "opcua",
      address,
      fault: (info) =>
        may(info) ? undefined : `neither role nor grants allow to command "${info.name}"`,
    },
  };
}
