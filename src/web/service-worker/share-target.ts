/** Receives the form of the Web Share Target API. Any site can post it, so the page asks before it gives a file. */
import { ownFolder } from '../own-address.ts';
import { openSharedFiles, type SharedFileStore } from './shared-files.ts';
import { textFile } from './text-file.ts';

/** The outcome, for the `share` parameter of the redirect. */
type ShareResult = 'here' | 'empty' | 'full';

/** Returns the redirect to the page. */
export async function handleShare(request: Request): Promise<Response> {
  const form = await request.formData().catch(() => new FormData());
  return Response.redirect(`${ownFolder()}?share=${await storeSharedForm(form, openSharedFiles)}`, 303);
}

/** Stores the files of a form, all or none. */
export async function storeSharedForm(form: FormData, openShelf: () => Promise<SharedFileStore>): Promise<ShareResult> {
  const files = filesIn(form);
  if (files.length === 0) return 'empty';
  const isKept = await openShelf()
    .then((shelf) => shelf.put(files))
    .catch(() => false);
  return isKept ? 'here' : 'full';
}

/** The files of the form, or its text as a file. */
function filesIn(form: FormData): readonly File[] {
  // An empty file input submits a file without name and bytes.
  const files = form.getAll('file').filter((entry) => entry instanceof File && entry.name !== '');
  return files.length > 0 ? (files as File[]) : textIn(form);
}

function textIn(form: FormData): readonly File[] {
  const [title, ...lines] = ['title', 'text', 'url'].map((name) => wordsIn(form, name));
  const text = lines.filter((line) => line !== '').join('\n');
  return text === '' ? [] : [textFile(text, title)];
}

function wordsIn(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
