/** Where the focus goes when what had it is about to vanish. */
export function focusTree(): void {
  document.getElementById("tree")?.focus({ preventScroll: true });
}
