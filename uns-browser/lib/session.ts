/** Who is signed in at this browser, and where somebody has to go who is not. */
import { askHub, isRecord, type SendLike } from "./hub-request.ts";

interface Me {
  readonly name: string;
  readonly role: string;
  /** What the role may do, in the hub's words: `edit configuration`. */
  readonly may: readonly string[];
}

export interface Session {
  readonly user: Me | null;
  /** What those may who are not signed in. */
  readonly anonymous: "none" | "read" | "full";
  /** Nobody can sign in yet: the hub waits for its first administrator. */
  readonly awaitsFirstAdmin: boolean;
}

const SESSION_URL = "/api/v1/session";
const START = "/ns/";

/** `null`: the hub does not answer. */
export async function readSession(send: SendLike): Promise<Session | null> {
  const answer = await askHub(send, "GET", SESSION_URL);
  return answer.kind === "done" ? parseSession(answer.value) : null;
}

/** Whether somebody without a name in this session may do a thing, or the person who is signed in may. */
export function mayIn({ user, anonymous }: Session, action: string): boolean {
  if (user !== null) return user.may.includes(action);
  return anonymous === "full" || (anonymous === "read" && action.startsWith("read "));
}

/** Where a page sends somebody who may not see it; `null`: he may stay. `here`: path and query of the page. */
export function wayOut(session: Session, here: string): string | null {
  if (session.user !== null || session.anonymous !== "none") return null;
  return session.awaitsFirstAdmin ? "/welcome/" : loginAt(here);
}

export function loginAt(here: string): string {
  return here === START ? "/login/" : `/login/?next=${encodeURIComponent(here)}`;
}

/** Where somebody goes on after signing in: a place of this hub, whatever the address says. */
export function nextPlace(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? START;
  const isOurs = /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) && !/^\/(login|welcome)\b/.test(next);
  return isOurs ? next : START;
}

function parseSession(value: unknown): Session | null {
  if (!isRecord(value)) return null;
  const { user, anonymous, awaitsFirstAdmin } = value;
  if (anonymous !== "none" && anonymous !== "read" && anonymous !== "full") return null;
  return { user: parseMe(user), anonymous, awaitsFirstAdmin: awaitsFirstAdmin === true };
}

function parseMe(value: unknown): Me | null {
  if (!isRecord(value)) return null;
  const { name, role, may } = value;
  if (typeof name !== "string" || typeof role !== "string" || !Array.isArray(may)) return null;
  return { name, role, may: may.filter((action) => typeof action === "string") };
}
