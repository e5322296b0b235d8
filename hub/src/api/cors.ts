/**
 * Pages of other origins that may use the API (`cors.origins`): they get the headers that their browser asks for, and
 * questions of the browser itself (OPTIONS) are answered before anybody logs in. Cookies are never theirs.
 */
import type { FastifyReply } from "fastify";
import { isListed, type DoorRule, type Knock } from "./doorman.ts";

const METHODS = "GET, POST, PUT";
const HEADERS = "authorization, content-type, accept";
const REMEMBER_SECONDS = 600;

/** Says so in the headers; a preflight has its whole answer then. */
export async function welcomeOthers(
  knock: Knock,
  rule: Pick<DoorRule, "origins">,
  reply: FastifyReply,
): Promise<void> {
  if (rule.origins.length > 0) void reply.header("vary", "origin");
  const { origin } = knock.headers;
  if (origin === undefined || !isListed(knock, rule)) return;
  void reply.headers({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after, www-authenticate",
  });
  const isPreflight = knock.headers["access-control-request-method"] !== undefined;
  if (knock.method !== "OPTIONS" || !isPreflight) return;
  await reply
    .code(204)
    .headers({
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": HEADERS,
      "access-control-max-age": REMEMBER_SECONDS,
    })
    .send();
}
