/** The entry of an adapter's worker thread. */
import { recycleCompileCache } from "../compile-cache.ts";
import { leanLibraries } from "../lean-libraries.ts";

recycleCompileCache();
leanLibraries();
const [{ hostAdapter }, { loadAdapter }] = await Promise.all([
  import("./adapter-host.ts"),
  import("./load.ts"),
]);
hostAdapter(loadAdapter);
