/**
 * Sets `data-by-keys` on the root while the keyboard is in use. `:focus-visible` also matches after a script's
 * `focus()` that follows a drop.
 */
export function trackKeyboardModality(): void {
  const { dataset } = document.documentElement;
  const mark = () => {
    dataset.byKeys = '';
  };
  const unmark = () => {
    delete dataset.byKeys;
  };
  addEventListener('keydown', mark, { capture: true });
  for (const event of ['pointerdown', 'drop']) addEventListener(event, unmark, { capture: true });
}
