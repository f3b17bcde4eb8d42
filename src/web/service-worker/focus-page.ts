/** Focuses an open page, or opens one. */
export async function focusPage(clients: Pick<Clients, 'matchAll' | 'openWindow'>): Promise<void> {
  const [open] = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  await (open ? (open as WindowClient).focus() : clients.openWindow('/'));
}
