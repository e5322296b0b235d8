/**
 * One connection for each client id. [MQTT5-3.1.4-3] [MQTT311-3.1.4-2]
 *
 * Trap A9 and its neighbours: aedes lets the new connection in while the old one still ends, loses count when they
 * overlap, and two newcomers for one id may both stay. Here the newcomer waits until everything of its predecessors
 * is over, their Wills included, so that nothing of an old session follows anything of the new one.
 */
import type { Connection } from "./connection.ts";

interface Holder {
  readonly connection: Connection;
  /** Resolves when this connection and all before it have ended. */
  readonly vacated: Promise<void>;
}

/** Who holds which client id. */
export class ClientIds {
  readonly #holders = new Map<string, Holder>();

  /** Ends the connection that holds the id, if there is one, and then calls `granted`. */
  claim(clientId: string, connection: Connection, granted: () => void): void {
    const before = this.#holders.get(clientId);
    const vacated = this.#vacated(clientId, connection, before);
    this.#holders.set(clientId, { connection, vacated });
    if (before === undefined) {
      granted();
      return;
    }
    before.connection.end(0x8e, "another connection uses this client id"); // Session taken over
    void afterwards(before.vacated, connection, granted);
  }

  async #vacated(clientId: string, connection: Connection, before?: Holder): Promise<void> {
    await before?.vacated;
    await connection.ended;
    if (this.#holders.get(clientId)?.connection === connection) this.#holders.delete(clientId);
  }
}

async function afterwards(
  vacated: Promise<void>,
  connection: Connection,
  granted: () => void,
): Promise<void> {
  await vacated;
  if (!connection.isEnding) granted();
}
