/** The door of the sinks: values to databases and brokers, from the log of the history. What `unshub.yaml` says of them: `config/index.ts`. */
export type { DeadLetter } from "./dead-letters.ts";
export { Sinks, type SinksOptions } from "./sinks.ts";
export type { SinkState } from "./sink-status.ts";
export type { RpcOutcome, RpcWish } from "./targets/thingsboard-rpc.ts";
