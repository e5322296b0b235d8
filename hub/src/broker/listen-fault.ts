/** Why a port could not be opened, and what to do: the same sentences for every listener of the hub. */
import type { BrokerErrorCode } from "./errors.ts";

/** What keeps a listener from opening its port. */
export type ListenFaultCode = Extract<
  BrokerErrorCode,
  "PORT_IN_USE" | "ADDRESS_NOT_HERE" | "PORT_FORBIDDEN" | "LISTEN_FAILED"
>;

/** The port that could not be opened. */
export interface ListenAttempt {
  /** What would be spoken there, as it begins the sentence: `MQTT`. */
  readonly what: string;
  /** Its part of the configuration: `listeners.mqtt`. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Names the port, says what is wrong with it and what to do; `cause` is what `listen` failed with. */
export function listenFault(
  cause: unknown,
  { what, key, host, port }: ListenAttempt,
): { readonly code: ListenFaultCode; readonly message: string } {
  const { code, because } = REASONS.get(systemCode(cause)) ?? {
    code: "LISTEN_FAILED",
    because: () => `cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
  };
  return { code, message: `${what} port ${port} at ${host} ${because(key, port)}` };
}

/** The system's name of an error, `EADDRINUSE`; empty when it has none. */
function systemCode(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "";
}

interface Reason {
  readonly code: ListenFaultCode;
  /** The rest of a sentence that begins with the port: what is wrong, and what to do. */
  readonly because: (key: string, port: number) => string;
}

const NOT_HERE: Reason = {
  code: "ADDRESS_NOT_HERE",
  because: (key) =>
    `cannot be opened: this machine does not have that address. See which it has with: ip address — then set ${key}.host in unshub.yaml.`,
};

/** What the system's error codes mean for the person who starts the hub. */
const REASONS: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  [
    "EADDRINUSE",
    {
      code: "PORT_IN_USE",
      because: (key, port) =>
        `is in use by another program. See which with: ss -ltnp 'sport = :${port}' — then stop it, or set ${key}.port in unshub.yaml.`,
    },
  ],
  [
    "EACCES",
    {
      code: "PORT_FORBIDDEN",
      because: (key) =>
        `may not be opened by this user: ports below 1024 need rights. Set ${key}.port in unshub.yaml to a higher one, or give the program CAP_NET_BIND_SERVICE.`,
    },
  ],
  ["EADDRNOTAVAIL", NOT_HERE],
  ["ENOTFOUND", NOT_HERE],
  ["EAI_AGAIN", NOT_HERE],
]);
