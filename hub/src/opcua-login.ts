/** Users and tokens of the hub as the OPC UA server asks for them: who it is, and which metrics he may write. */
import { mayDo, mayWrite, type Access } from "./identity/index.ts";
import type { Authenticate } from "./opcua-server/index.ts";

/** A write needs a role that may write, and a grant `command` for the metric, as over MQTT. */
export function opcUaLogin({ authenticator }: Pick<Access, "authenticator">): Authenticate {
  return async ({ name, password }, address) => {
    const result = await authenticator.authenticate({ kind: "password", name, password }, address);
    if (result.kind === "refused") return undefined;
    const { principal } = result;
    if (!mayDo(principal, "read values")) return undefined;
    return { mayWrite: (info) => mayWrite(principal, info) };
  };
}
