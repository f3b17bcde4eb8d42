/** Focuses an open page of this exchange, or opens one at its address. */
export async function focusPage(clients: Pick<Clients, 'matchAll' | 'openWindow'>, address: string): Promise<void> {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find(({ url }) => url.startsWith(address));
  await (open ? (open as WindowClient).focus() : clients.openWindow(address));
}
