/** Clients as they are shown to people: their sessions, what happened to them lately, what they publish. */
import { ClientEvents } from "./client-events.ts";
import { clientSession } from "./client-session.ts";
import type { BrokerClock } from "./clock.ts";
import type { ClientDetails, ClientSession, ConnectingClient, ConnectionEnd } from "./contract.ts";
import { LastEnds } from "./last-ends.ts";
import type { BrokerLimits } from "./limits.ts";
import { publishedTopics } from "./published-topics.ts";
import type { Session } from "./session.ts";

export class ClientBook {
  readonly events = new ClientEvents();
  readonly #lastEnds = new LastEnds();
  readonly #given: { readonly clock: BrokerClock; readonly limits: BrokerLimits };

  constructor(clock: BrokerClock, limits: BrokerLimits) {
    this.#given = { clock, limits };
  }

  ended(client: ConnectingClient, end: ConnectionEnd): void {
    const at = this.#given.clock.wall();
    this.#lastEnds.note(client, end, at);
    this.events.ended(client, end, at);
  }

  shown(session: Session): ClientSession {
    return clientSession(session, this.#given, this.#lastEnds.of(session.clientId));
  }

  detailsOf({ clientId, connection, client }: Session): ClientDetails {
    return {
      events: this.events.of(clientId),
      proof: client?.proof,
      published: connection && publishedTopics(connection, this.#given.clock),
    };
  }
}
