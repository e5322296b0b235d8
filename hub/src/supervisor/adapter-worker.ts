/** The entry of an adapter's worker thread. */
import { hostAdapter } from "./adapter-host.ts";
import { loadAdapter } from "./load.ts";

hostAdapter(loadAdapter);
