/**
 * Every sentence of the page lies in `locales/`, a catalogue a language, as ICU messages: so that the page can be read,
 * corrected and translated without touching the code.
 */
import { IntlMessageFormat } from 'intl-messageformat';
import type { ComponentChildren, VNode } from 'preact';
import type { Failure } from '../failures.ts';
import { formatLimit, formatSize, formatWait } from './format.ts';
import { currentLanguage } from './languages.ts';
import en from './locales/en.json';

export type MessageKey = keyof typeof en;

/** A sentence as it is written, or as the build has read it. */
type Message = string | ReturnType<IntlMessageFormat['getAst']>;
export type Catalogue = Readonly<Record<string, Message>>;

type Values = Readonly<Record<string, string | number>>;

/** English is part of the page: it fills the gaps of other catalogues, and there is no wait for it. */
let spoken: Catalogue = {};
const messages = new Map<string, IntlMessageFormat>();

/** From now on every sentence is of this catalogue. */
export function setCatalogue(catalogue: Catalogue): void {
  spoken = catalogue;
  messages.clear();
}

/** The sentence under a key, with its values filled in; numbers are written as the language does. */
export const t = (key: MessageKey, values?: Values): string =>
  String(messageOf(key).format(values));

/** The same where words of it are elements: `<file>{name}</file>` in the sentence is what `file` makes of the name. */
export function richText(
  key: MessageKey,
  values: Readonly<Record<string, string | number | ((parts: ComponentChildren) => VNode)>>,
): ComponentChildren {
  return messageOf(key).format<ComponentChildren>(values);
}

/** A file name is a stranger's: an element of its own, whatever way its letters run. */
export const renderFileName = (name: ComponentChildren): VNode => (
  <bdi class="file-name">{name}</bdi>
);

function messageOf(key: MessageKey): IntlMessageFormat {
  const known = messages.get(key);
  if (known) return known;
  const text = spoken[key];
  const message = text === undefined ? read(en[key], 'en') : read(text, currentLanguage());
  messages.set(key, message);
  return message;
}

/** Sentences one after the other, as the language sets them; what is not said is left out. */
export const joinSentences = (...sentences: readonly (string | false | undefined)[]): string =>
  sentences.filter((sentence): sentence is string => !!sentence).reduce(follow, '');

const follow = (first: string, second: string) =>
  first === '' ? second : t('said.more', { first, second });

/** A sentence without a value in it is taken as it is: the built page has nothing that could parse it. */
function read(message: Message, language: string): IntlMessageFormat {
  const isPlain = typeof message === 'string' && !/[{<]/.test(message);
  return new IntlMessageFormat(isPlain ? [{ type: 0, value: message }] : message, language);
}

/** Whether there is a sentence under a key that was put together. */
export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

/** What happened, in words: what it means for the file or the ticket, and what to do. */
export function failureSentence(failure: Failure): string {
  const { code, retryAfter } = failure;
  const sentence =
    code === 'too-large' ? tooLarge(failure) : (program(failure) ?? t(`why.${code}`));
  if (!retryAfter) return sentence;
  return joinSentences(sentence, t('wait', { span: formatWait(retryAfter) }));
}

/** Which kind of program was refused, where the service says so. */
function program({ reason, extension = '' }: Failure): string | undefined {
  const key = `program.${reason}`;
  return isMessageKey(key) ? joinSentences(t(key, { extension }), t('program.refused')) : undefined;
}

function tooLarge({ size, limit }: Failure): string {
  if (size === undefined || limit === undefined) return t('why.too-large.unsized');
  return t('why.too-large', { size: formatSize(size), most: formatLimit(limit) });
}
