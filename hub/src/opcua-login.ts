/** Users and tokens of the hub as the OPC UA server asks for them: who it is, and which metrics he may write. */
import { mayDo, mayWrite, type Access } from "./identity/index.ts";
import type { Authenticate } from "./opcua-server/index.ts";

/** A write needs a role that may write, and a grant `command` for the metric, as over MQTT. */
export function opcUaLogin(
  access: Pick<Access, "authenticator" | "audit" | "current">,
): Authenticate {
  const { authenticator, audit } = access;
  return async ({ name, password }, address) => {
    const result = await authenticator.authenticate({ kind: "password", name, password }, address);
    const entry = { via: "opcua", address, action: "log in" } as const;
    if (result.kind === "refused") {
      const reason = result.because;
      audit.refused({ actor: `user:${name}`, ...entry, result: "refused", reason });
      return undefined;
    }
    const { principal } = result;
    if (!mayDo(principal, "read values")) return undefined;
    audit.later({ actor: principal.id, ...entry, result: "done" });
    return {
      mayWrite: (info) => {
        const now = access.current(principal); // rights that are taken away end at once
        return now !== undefined && mayWrite(now, info);
      },
      // Asked by `mayWrite` before.
      writer: { actor: principal.id, via: "opcua", address, fault: () => undefined },
    };
  };
}
