/**
 * Sets `data-by-keys` on the root while the keyboard is in use. `:focus-visible` also matches after a script's
 * `focus()` that follows a drop.
 */
export function trackKeyboardModality(): void {
  const { dataset } = document.documentElement;
  const note = () => {
    dataset.byKeys = '';
  };
  const forget = () => {
    delete dataset.byKeys;
  };
  addEventListener('keydown', note, { capture: true });
  for (const event of ['pointerdown', 'drop']) addEventListener(event, forget, { capture: true });
}
