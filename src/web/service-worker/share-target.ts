/** Takes what a device shares with the page. Any web page may send such a form, so nothing is given before somebody is asked. */
import { openSharedFiles, type SharedFileStore } from './shared-files.ts';

/** How it went; the page's address says it. */
export type ShareResult = 'here' | 'empty' | 'full';

/** Answers with the way back to the page. */
export async function handleShare(request: Request): Promise<Response> {
  const form = await request.formData().catch(() => new FormData());
  return Response.redirect(`/?share=${await storeSharedForm(form, openSharedFiles)}`, 303);
}

export async function storeSharedForm(
  form: FormData,
  openShelf: () => Promise<SharedFileStore>,
): Promise<ShareResult> {
  const files = filesIn(form);
  if (files.length === 0) return 'empty';
  const isKept = await openShelf()
    .then((shelf) => shelf.put(files))
    .catch(() => false);
  return isKept ? 'here' : 'full';
}

/** The files, or what was shared as words, as a small text. */
function filesIn(form: FormData): readonly File[] {
  // A form where nothing was chosen sends a file without name and bytes.
  const files = form.getAll('file').filter((entry) => entry instanceof File && entry.name !== '');
  return files.length > 0 ? (files as File[]) : textIn(form);
}

function textIn(form: FormData): readonly File[] {
  const [title, ...lines] = ['title', 'text', 'url'].map((name) => wordsIn(form, name));
  const text = lines.filter((line) => line !== '').join('\n');
  return text === '' ? [] : [new File([`${text}\n`], nameOf(title), { type: 'text/plain' })];
}

function wordsIn(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Long enough to be known again. */
const longestTitle = 60;

function nameOf(title: string | undefined): string {
  const short = [...(title ?? '')].slice(0, longestTitle).join('').replaceAll(/[/\\]/g, '-').trim();
  return `${short || 'shared'}.txt`;
}
