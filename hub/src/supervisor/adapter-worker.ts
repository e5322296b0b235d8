/** The entry of an adapter's worker thread. */
import { leanLibraries } from "../lean-libraries.ts";

leanLibraries();
const [{ hostAdapter }, { loadAdapter }] = await Promise.all([
  import("./adapter-host.ts"),
  import("./load.ts"),
]);
hostAdapter(loadAdapter);
