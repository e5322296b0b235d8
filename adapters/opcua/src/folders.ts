/** Where the adapter keeps its files: the running one, the tools and the page of the hub must mean the same. */
export { certificateDir, trustDir } from "@unshub/opcua-trust";
