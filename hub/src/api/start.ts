/** Opens the HTTP side, and loads what it is made of, only where the configuration asks for it: else it would be memory. */
import type { Api, ApiOptions } from "./server.ts";

const CLOSED: Api = {
  addresses: [],
  reloadCertificate: () => undefined,
  stop: async () => undefined,
};

/** @throws {ApiError} when a port cannot be opened; the other one is closed again. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { http, metrics } = options.listeners;
  if (http === undefined && metrics === undefined) return CLOSED;
  const { openApi } = await import("./server.ts");
  return openApi(options);
}
