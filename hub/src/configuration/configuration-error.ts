/** It cannot be done; the message says why and that nothing has changed. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
