/**
 * Puts public text (an ARN, a policy) on the clipboard. Through the copy event and not through `navigator.clipboard`,
 * which needs a permission that this window is not given.
 * @returns whether the clipboard took it
 */
export function copyText(text: string): boolean {
  let taken = false;
  const fill = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    taken = true;
  };
  document.addEventListener('copy', fill, { once: true, capture: true });
  document.execCommand('copy');
  document.removeEventListener('copy', fill, { capture: true });
  return taken;
}
