/** Whether a client comes in at the MQTT server, and as whom: by what its handshake has shown and what it says in CONNECT. */
import type { ConnectingClient, ConnectVerdict, Verdict } from "../broker/index.ts";
import type { Audit } from "./audit.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { clientIdFault } from "./client-id.ts";
import {
  HUB,
  knownAs,
  RIGHTS_OF_NOBODY,
  type Anonymous,
  type Known,
  type KnownClients,
} from "./known-clients.ts";
import { ownerOf, unproved } from "./mqtt-notes.ts";

export interface MqttAdmissionOptions {
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly anonymous: Anonymous;
  readonly audit: Pick<Audit, "refused">;
  /** Whether nobody may come in by an identifier for now, and why. */
  banFault(clientId: string): string | undefined;
  /** Whether somebody is called so: his client identifiers are nobody else's. */
  isName(name: string): boolean;
}

type Refusal = Extract<Verdict, { allow: false }>;

/** MQTT 5's reasons. */
const ID_NOT_VALID = 0x85;
const BAD_CREDENTIALS = 0x86;
const NOT_AUTHORIZED = 0x87;
const BANNED = 0x8a;
const RATE_EXCEEDED = 0x9f;
const IN_PROCESS = "in-process";

export class MqttAdmission {
  readonly #options: MqttAdmissionOptions;
  readonly #clients: KnownClients;

  constructor(options: MqttAdmissionOptions, clients: KnownClients) {
    this.#options = options;
    this.#clients = clients;
  }

  /** Who it is; the Will is judged here: when it fires it is too late. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict> {
    const { address, username, password, proof } = client;
    if (address === IN_PROCESS) return this.#admit(client, HUB);
    const isSilent = username === undefined && password === undefined && proof === undefined;
    return isSilent ? this.#admit(client, this.#nobody(client)) : this.#login(client);
  }

  async #login(client: ConnectingClient): Promise<ConnectVerdict> {
    return this.#admit(client, await this.#identify(client));
  }

  #admit(client: ConnectingClient, found: Known | Refusal): ConnectVerdict {
    if ("allow" in found) return found;
    const banFault = found === HUB ? undefined : this.#options.banFault(client.clientId);
    if (banFault !== undefined) return this.#refuse(client, BANNED, banFault);
    const { principal, rights } = found;
    const idFault = clientIdFault(client, principal, (name) => this.#options.isName(name));
    if (idFault !== undefined) return this.#refuse(client, ID_NOT_VALID, idFault);
    const { will } = client;
    const willFault = will && rights.publishFault({ ...will, isWill: true });
    if (willFault !== undefined) {
      return this.#refuse(client, NOT_AUTHORIZED, `its Will on ${will?.topic}: ${willFault}`);
    }
    this.#clients.arriving(client, found);
    return { allow: true, owner: ownerOf(principal) };
  }

  /** By what it says in CONNECT; else by what its handshake has shown, which must not be revoked in either case. */
  async #identify(client: ConnectingClient): Promise<Known | Refusal> {
    const { username, password, proof, clientId, address } = client;
    const proved =
      proof && (await this.#options.authenticator.authenticate(proof, hostOf(address)));
    if (proved?.kind === "refused" && proved.isUnknown !== true) {
      return this.#refuse(client, NOT_AUTHORIZED, proved.because);
    }
    if (username !== undefined || password !== undefined) return await this.#bySecret(client);
    if (proved?.kind === "principal") return knownAs(proved.principal, clientId);
    return this.#nobody(client, proved?.because);
  }

  async #bySecret(client: ConnectingClient): Promise<Known | Refusal> {
    const { username = "", password, address, clientId } = client;
    const secret = password === undefined ? "" : new TextDecoder().decode(password);
    const credentials = { kind: "password", name: username, password: secret } as const;
    const result = await this.#options.authenticator.authenticate(credentials, hostOf(address));
    if (result.kind === "principal") return knownAs(result.principal, clientId);
    return this.#refuse(client, codeOf(result), result.because);
  }

  #nobody(
    client: ConnectingClient,
    because = "a user name and a password are needed",
  ): Known | Refusal {
    const { clientId } = client;
    const { anonymous } = this.#options;
    if (anonymous === "none") return this.#refuse(client, NOT_AUTHORIZED, because);
    return { clientId, principal: "anonymous", rights: RIGHTS_OF_NOBODY[anonymous] };
  }

  #refuse(client: ConnectingClient, reasonCode: number, because: string): Refusal {
    const { clientId, username, address, proof } = client;
    this.#options.audit.refused({
      actor: username === undefined ? unproved(proof) : `user:${username}`,
      via: "mqtt",
      address,
      action: "connect",
      object: clientId,
      result: "refused",
      reason: because,
    });
    return { allow: false, reasonCode, because };
  }
}

function codeOf(result: Extract<Authenticated, { kind: "refused" }>): number {
  return result.waitMs === undefined ? BAD_CREDENTIALS : RATE_EXCEEDED;
}

/** `10.0.0.7:51234` and `[::1]:51234` without the port. */
function hostOf(address: string): string {
  const end = address.lastIndexOf(":");
  return end < 0 ? address : address.slice(0, end).replaceAll(/^\[|\]$/g, "");
}
