/**
 * Whether somebody goes by keys just now, for the styles: browsers mark what a script gives the focus to even for who has
 * only dropped a file.
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
