/**
 * From the first frame of a connection to its CONNACK: read, judged by the rules of MQTT, asked who it is, given a
 * session. Nothing else that the client sends is looked at before, however long the decision takes.
 */
import { refusal as refusedConnack, acceptance } from "./connack.ts";
import { type ConnectFault, type ConnectRequest, readConnect } from "./connect-packet.ts";
import type { Connection } from "./connection.ts";
import { IN_PROCESS } from "./connection-owner.ts";
import type { ConnectVerdict } from "./contract.ts";
import type { EngineContext } from "./engine-context.ts";
import { Flapping } from "./flapping.ts";
import { hostOf } from "./rare-log.ts";
import { Reason } from "./reason.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { type Refusal, refused, verdictOf } from "./verdict.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";

export interface ConnectingHooks {
  /** Whether there are as many clients as may be. */
  readonly isFull: () => boolean;
  /** Whether there is memory for one more of another process. */
  readonly hasMemory: () => boolean;
  readonly violated: (connection: Connection, fault: ConnectFault) => void;
  readonly failed: (connection: Connection, error: unknown) => void;
}

export class Connecting {
  readonly #context: EngineContext;
  readonly #sessions: Sessions;
  readonly #flapping: Flapping;
  readonly #hooks: ConnectingHooks;

  constructor(context: EngineContext, sessions: Sessions, hooks: ConnectingHooks) {
    this.#context = context;
    this.#sessions = sessions;
    this.#flapping = new Flapping(context);
    this.#hooks = hooks;
  }

  /** Time has passed. */
  sweep(): void {
    this.#flapping.sweep();
  }

  begin(connection: Connection, frame: ReceivedFrame): void {
    const request = readConnect(frame, connection, this.#context.limits);
    if ("allow" in request) return this.#faulty(connection, request);
    const noRoom = this.#comesBack(request) ? undefined : this.#noRoom(connection);
    if (noRoom !== undefined) return this.#refuse(connection, request, noRoom);
    this.#flapping.came(connection, request.client.clientId, () =>
      this.#admit(connection, request),
    );
  }

  /** Whether it takes over an open connection, as who comes back from a cable that was pulled: then they are no more. */
  #comesBack({ client }: ConnectRequest): boolean {
    return this.#sessions.get(client.clientId)?.connection?.isOpen === true;
  }

  /** Why there is no room for one more; the hub's own edge nodes take none of the memory that others fill. */
  #noRoom({ address }: Connection): Refusal | undefined {
    if (this.#hooks.isFull())
      return refused(Reason.serverBusy, "the server has as many connections as it takes");
    if (address !== IN_PROCESS && !this.#hooks.hasMemory())
      return refused(Reason.serverUnavailable, "the server is short of memory");
    return undefined;
  }

  #admit(connection: Connection, request: ConnectRequest): void {
    const verdict = this.#ask(request);
    if (!(verdict instanceof Promise)) return this.#decided(connection, request, verdict);
    verdict
      .then(
        (answer) => this.#decided(connection, request, answer),
        (error: unknown) => this.#undecided(connection, request, error),
      )
      .catch((error: unknown) => this.#hooks.failed(connection, error));
  }

  #ask(request: ConnectRequest): ConnectVerdict | Promise<ConnectVerdict> {
    let asked: Promise<ConnectVerdict> | undefined;
    const verdict = verdictOf<ConnectVerdict>(
      () => {
        const answer = this.#context.options.mayConnect(request.client);
        if (!(answer instanceof Promise)) return answer;
        asked = answer;
        return { allow: true };
      },
      (error) => this.#log(request, error),
    );
    return asked ?? verdict;
  }

  #undecided(connection: Connection, request: ConnectRequest, error: unknown): void {
    this.#log(request, error);
    this.#decided(
      connection,
      request,
      refused(Reason.unspecifiedError, "the server could not decide"),
    );
  }

  #log({ client }: ConnectRequest, error: unknown): void {
    this.#context.log.error(
      { clientId: client.clientId, error },
      "whether a client may connect could not be decided",
    );
  }

  #decided(connection: Connection, request: ConnectRequest, verdict: ConnectVerdict): void {
    if (connection.isClosed) return;
    if (!verdict.allow) return this.#refuse(connection, request, verdict);
    const owner = verdict.owner ?? "";
    this.#sessions.endIfOver(request.client.clientId);
    const before = this.#sessions.get(request.client.clientId);
    if (before !== undefined && before.owner !== owner) {
      return this.#refuse(
        connection,
        request,
        refused(Reason.clientIdentifierNotValid, "this client identifier belongs to somebody else"),
      );
    }
    if (before === undefined && this.#sessions.size >= this.#context.limits.maxSessions) {
      return this.#refuse(
        connection,
        request,
        refused(Reason.quotaExceeded, "the server keeps no more sessions"),
      );
    }
    const { limits } = this.#context;
    if (acceptance(request, limits, false).length > request.maxPacketBytes) {
      return this.#refuse(
        connection,
        request,
        refused(Reason.packetTooLarge, "CONNACK is larger than what the client takes"), // [MQTT5-3.1.2-24]
      );
    }
    if (before !== undefined) this.#takeOver(before, connection);
    this.#accept(connection, request, owner);
  }

  /** The older connection goes, and what that means is done before anything of the newer one. [MQTT5-3.1.4-3] [MQTT311-3.1.4-2] */
  #takeOver(session: Session, by: Connection): void {
    const older = session.connection ?? session.claimedBy;
    if (older === undefined || older.isClosed) return;
    this.#context.log.info(
      { clientId: session.clientId, from: older.address, to: by.address },
      "session taken over",
    );
    older.end(
      Reason.sessionTakenOver,
      `another client with this identifier has connected from ${by.address}`,
    );
  }

  /** The session is durable before CONNACK says that it is there. */
  #accept(connection: Connection, request: ConnectRequest, owner: string): void {
    const wasThere = this.#sessions.get(request.client.clientId) !== undefined;
    const { session, isResumed } = this.#sessions.take(request, owner);
    session.claimedBy = connection;
    connection.session = session;
    connection.sender.version = request.version;
    const mustBeStored = wasThere || session.isPersistent || session.will !== undefined;
    const accept = (): void => {
      if (connection.isClosed || session.claimedBy !== connection) return;
      this.#count(connection);
      // Nothing was written before, and a second CONNECT ends the connection. [MQTT5-3.1.4-5] [MQTT5-3.2.0-1]
      // [MQTT5-3.2.0-2] [MQTT311-3.1.4-4] [MQTT311-3.2.0-1]
      connection.write(acceptance(request, this.#context.limits, isResumed));
      session.connection = connection;
      this.#context.options.connected?.(request.client);
      connection.open(session, request);
      this.#logConnected(connection, request, isResumed);
      this.#context.events.connected(request.client, isResumed, this.#context.clock.wall());
      session.outgoing.resume();
    };
    if (mustBeStored) this.#context.whenSettled(accept);
    else accept();
  }

  #count({ address }: Connection): void {
    const { counting } = this.#context;
    counting.accepted += 1;
    counting.connected += 1;
    if (address !== IN_PROCESS) counting.connectedOutside += 1;
    counting.connectedMaximum = Math.max(counting.connectedMaximum, counting.connected);
  }

  #logConnected(
    { address }: Connection,
    { client }: ConnectRequest,
    sessionPresent: boolean,
  ): void {
    const { clientId, protocol, keepAliveSeconds, clean } = client;
    this.#context.log.info(
      { clientId, address, protocol, keepAliveSeconds, clean, sessionPresent },
      "client connected",
    );
  }

  /**
   * What came after the CONNECT is not looked at. [MQTT5-3.1.4-1] [MQTT5-3.1.4-2] [MQTT5-3.1.4-6] [MQTT5-3.2.2-7]
   * [MQTT311-3.1.4-1] [MQTT311-3.1.4-5] [MQTT311-3.2.2-5]
   */
  #refuse(
    connection: Connection,
    { version, client, maxPacketBytes }: ConnectRequest,
    refusal: Refusal,
  ): void {
    const { because } = refusal;
    this.#context.counting.refused += 1;
    this.#context.events.refused(client, refusal, this.#context.clock.wall());
    const { address } = connection;
    const fields = { clientId: client.clientId, address, because, reasonCode: refusal.reasonCode };
    this.#context.log.say("info", fields, "a client was refused", hostOf(address));
    connection.write(refusedConnack(version, refusal, maxPacketBytes));
    connection.close();
  }

  #faulty(connection: Connection, fault: ConnectFault): void {
    this.#context.counting.refused += 1;
    this.#hooks.violated(connection, fault);
    if (fault.version !== undefined && isWorthAnswering(fault)) {
      connection.write(refusedConnack(fault.version, fault, fault.maxPacketBytes));
    }
    connection.close();
  }
}

/** MQTT 3 has a return code for a wrong version and a wrong identifier, and none for malformed bytes. [MQTT311-3.2.2-6] */
function isWorthAnswering({ version, reasonCode }: ConnectFault): boolean {
  if (version === 5) return true;
  return reasonCode !== Reason.malformedPacket && reasonCode !== Reason.protocolError;
}
