/** Headers of every answer, and errors that say nothing of what is inside. */
import type { FastifyError, FastifyInstance } from "fastify";
import type { Logger } from "@unshub/adapter";
import { isForPrograms } from "./doorman.ts";
import { problem, sendProblem } from "./problem.ts";

/** What an answer has unless it says otherwise; pages have a policy of their own. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
};

export function addSafeHeaders(server: FastifyInstance): void {
  server.addHook("onSend", async (request, reply) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) {
      if (!reply.hasHeader(name)) void reply.header(name, value);
    }
    if (isForPrograms(request.url) && !reply.hasHeader("cache-control"))
      void reply.header("cache-control", "no-store");
  });
}

/** What fastify found wrong with a request, in our words. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", "send the body as application/json"],
  ["FST_ERR_CTP_EMPTY_JSON_BODY", "the body is empty, and should be JSON"],
  ["FST_ERR_CTP_INVALID_JSON_BODY", "the body is not JSON"],
  ["FST_ERR_CTP_BODY_TOO_LARGE", "the body is too large; at most 1 MiB"],
  ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", "the body is not as long as Content-Length says"],
  ["FST_ERR_BAD_URL", "the address has a percent sign that means nothing"],
]);

/** Everything that is thrown ends here: the caller learns what he did wrong, and of our own faults only that they are. */
export function addErrorHandler(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const { statusCode = 500, code } = error;
    if (statusCode >= 400 && statusCode < 500) {
      return sendProblem(reply, problem(statusCode, SENTENCES.get(code) ?? "not understood"));
    }
    const { id, method, routeOptions } = request;
    log.error({ request: id, method, route: routeOptions.url, error }, "a request failed");
    const detail = `the hub could not do this; its log says why (request ${id})`;
    return sendProblem(reply, problem(500, detail));
  });
}
