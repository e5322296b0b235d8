/** Debian's Python, which has Debian's modules; another one may come first in PATH. */
export const DEBIAN_PYTHON = "/usr/bin/python3";
