/** The statements that carry out a batch; `store-writer.ts` says when. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prepares them once for an open file. */
export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text);
  return {
    session:
      sql(`INSERT INTO session (id, client_id, owner, protocol_version, expiry_seconds, disconnected_at)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,
      protocol_version = excluded.protocol_version, expiry_seconds = excluded.expiry_seconds,
      disconnected_at = excluded.disconnected_at`),
    deleteSession: sql("DELETE FROM session WHERE id = ?"),
    subscription: sql("INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?, ?, ?, ?)"),
    deleteSubscription: sql("DELETE FROM subscription WHERE session = ? AND filter = ?"),
    will: sql("INSERT OR REPLACE INTO will VALUES (?, ?, ?)"),
    deleteWill: sql("DELETE FROM will WHERE session = ?"),
    message: sql("INSERT OR IGNORE INTO message VALUES (?, ?)"),
    share: sql("UPDATE queue SET shared = 1 WHERE row = ? AND session IN (SELECT id FROM session)"),
    queue: sql(`INSERT OR IGNORE INTO queue (session, row, qos, retain, shared, bytes, identifiers)
      VALUES (?, ?, ?, ?, ?, ?, ?)`),
    dequeue: sql("DELETE FROM queue WHERE session = ? AND row = ? RETURNING shared"),
    range: sql(`SELECT group_concat(row) AS rows, max(shared) AS shared FROM
      (SELECT row, shared FROM queue WHERE session = ? AND row BETWEEN ? AND ? ORDER BY row)`),
    deleteRange: sql("DELETE FROM queue WHERE session = ? AND row BETWEEN ? AND ?"),
    deleteMessages: sql(`DELETE FROM message WHERE row IN
      (SELECT row FROM queue WHERE session = ? AND row BETWEEN ? AND ?)`),
    deleteMessage: sql("DELETE FROM message WHERE row = ?"),
    deleteShared: sql(`DELETE FROM message WHERE row = ?1
      AND NOT EXISTS (SELECT 1 FROM queue WHERE row = ?1 AND shared = 1)`),
    end: sql(`INSERT OR IGNORE INTO ended
      SELECT session FROM queue WHERE session = ? LIMIT 1`),
    ended: sql("SELECT session FROM ended LIMIT 1"),
    someOfQueue: sql("SELECT row FROM queue WHERE session = ? ORDER BY row LIMIT ?"),
    swept: sql("DELETE FROM ended WHERE session = ?"),
    time: sql("UPDATE meta SET kept_time = ?, wall_time = ?"),
    sentRow: sql("UPDATE session SET sent_row = max(sent_row, ?) WHERE id = ?"),
    inFlight: sql("UPDATE queue SET packet_id = ?, released = ? WHERE session = ? AND row = ?"),
    incoming: sql("INSERT OR IGNORE INTO incoming VALUES (?, ?)"),
    deleteIncoming: sql("DELETE FROM incoming WHERE session = ? AND packet_id = ?"),
    retained: sql("INSERT OR REPLACE INTO retained VALUES (?, ?)"),
    deleteRetained: sql("DELETE FROM retained WHERE topic = ?"),
    stamp: sql("UPDATE meta SET clean = 0, batch = ?, last_row = max(last_row, ?)"),
  };
}
