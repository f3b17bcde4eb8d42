/** Reads the Open Graph properties of a page (https://ogp.me). */
export function openGraph(html: string): Readonly<Record<string, string>> {
  const metas = html.matchAll(/<meta\s+property="og:([\w:]+)"\s+content="([^"]*)"/g);
  return Object.fromEntries([...metas].map(([, name = '', content = '']) => [name, content]));
}
