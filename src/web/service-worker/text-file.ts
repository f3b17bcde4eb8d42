/** In characters; longer titles are cut in the file name. */
const maxTitleLength = 60;

/** Text that is given as a file, under its title. */
export function textFile(text: string, title: string | undefined): File {
  const start = [...(title ?? '')].slice(0, maxTitleLength).join('');
  const short = start.replaceAll(/[/\\]/g, '-').replace(/[\p{P}\s]+$/u, '');
  return new File([`${text}\n`], `${short || 'shared'}.txt`, { type: 'text/plain' });
}
