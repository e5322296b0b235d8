/** Who is who without a whole hub: an authenticator and its directory over a store of users. */
import { Authenticator } from "../../hub/src/identity/authenticator.ts";
import { Directory } from "../../hub/src/identity/directory.ts";
import { LoginAttempts, type MqttGate } from "../../hub/src/identity/index.ts";
import { JwtIssuers, type IssuerConfig } from "../../hub/src/identity/jwt.ts";
import { PasswordCheck } from "../../hub/src/identity/password.ts";
import { Revocations } from "../../hub/src/identity/revocations.ts";
import type { IdentityRule } from "../../hub/src/identity/rules.ts";
import type { IdentityStore } from "../../hub/src/identity/store.ts";
import type { BrokerOptions } from "../../hub/src/broker/index.ts";
import { SILENT_LOG } from "./silent-log.ts";

export interface TestDoor {
  readonly authenticator: Authenticator;
  readonly directory: Directory;
  readonly attempts: LoginAttempts;
}

export function openDoor(
  store: IdentityStore,
  now: () => number,
  more: {
    readonly certificateRules?: readonly IdentityRule[];
    readonly issuers?: readonly IssuerConfig[];
    readonly revocations?: Revocations;
  } = {},
): TestDoor {
  const { certificateRules = [], issuers = [] } = more;
  const log = SILENT_LOG;
  const revocations = more.revocations ?? new Revocations({ files: [], authorities: [], log, now });
  const directory = new Directory({ store, certificateRules, issuers, revocations, now });
  const attempts = new LoginAttempts(now);
  const authenticator = new Authenticator({
    store,
    directory,
    attempts,
    passwords: new PasswordCheck(now),
    issuers: new JwtIssuers(issuers, { now, log }),
    now,
  });
  return { authenticator, directory, attempts };
}

/** The questions of the MQTT server, as a hub hands them on. */
export function gateQuestions(
  gate: MqttGate,
): Pick<
  BrokerOptions,
  | "mayConnect"
  | "mayPublish"
  | "maySubscribe"
  | "mayReceive"
  | "mayPublishWill"
  | "watcherOf"
  | "connected"
  | "disconnected"
> {
  return {
    mayConnect: (client) => gate.mayConnect(client),
    mayPublish: (client, topic) => gate.mayPublish(client, topic),
    maySubscribe: (client, filter) => gate.maySubscribe(client, filter),
    mayReceive: (clientId, topic) => gate.mayReceive(clientId, topic),
    mayPublishWill: (will) => gate.mayPublishWill(will),
    watcherOf: (topic, client) => gate.watcherOf(topic, client),
    connected: (client) => gate.connected(client),
    disconnected: (client) => gate.disconnected(client),
  };
}
