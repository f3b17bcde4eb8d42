/** Messages in the ICU format, one catalogue a language in `locales/`. */
import { IntlMessageFormat } from 'intl-messageformat';
import type { ComponentChildren, VNode } from 'preact';
import type { Failure } from '../failures.ts';
import { formatLimit, formatSize, formatWait } from './format.ts';
import { currentLanguage } from './languages.ts';
import type account from './locales/account/en.json';
import type en from './locales/en.json';
import type invite from './locales/invite/en.json';
import type preview from './locales/preview/en.json';
import type removal from './locales/removal/en.json';
import type report from './locales/report/en.json';
import type room from './locales/room/en.json';

/** The parts of the page whose messages are loaded with them; see `message-parts.ts`. */
interface PartMessages {
  readonly account: typeof account;
  readonly invite: typeof invite;
  readonly preview: typeof preview;
  readonly removal: typeof removal;
  readonly report: typeof report;
  readonly room: typeof room;
}
export type MessagePart = keyof PartMessages;

export type MessageKey = keyof typeof en | { readonly [Part in MessagePart]: keyof PartMessages[Part] }[MessagePart];

/** A message as text, or as the AST that the build has parsed. */
type Message = string | ReturnType<IntlMessageFormat['getAst']>;
export type Catalogue = Readonly<Record<string, Message>>;

type Values = Readonly<Record<string, string | number>>;

/** Of one language: all catalogues have the same keys. */
let current: Catalogue = {};
/** The messages of parts that are loaded on demand, in the current language. */
const added = new Map<MessagePart, Catalogue>();
const messages = new Map<string, IntlMessageFormat>();

/** Replaces the catalogue; components must render again. */
export function setCatalogue(catalogue: Catalogue): void {
  current = catalogue;
  messages.clear();
}

/** Adds the messages of a part of the page; components must render again. */
export function addMessages(part: MessagePart, catalogue: Catalogue): void {
  added.set(part, catalogue);
  messages.clear();
}

/** Formats a message with its values. */
export const t = (key: MessageKey, values?: Values): string => String(compiledMessage(key).format(values));

/** Formats a message with elements: `<file>{name}</file>` is rendered by the value `file`. */
export function richText(
  key: MessageKey,
  values: Readonly<Record<string, string | number | ((parts: ComponentChildren) => VNode)>>,
): ComponentChildren {
  return compiledMessage(key).format<ComponentChildren>(values);
}

/** Isolates the text direction of a file name. */
export const renderFileName = (name: ComponentChildren): VNode => <bdi class="file-name">{name}</bdi>;

function compiledMessage(key: MessageKey): IntlMessageFormat {
  const known = messages.get(key);
  if (known) return known;
  const text = current[key] ?? [...added.values()].find((part) => Object.hasOwn(part, key))?.[key];
  const message = parse(text ?? key, currentLanguage());
  messages.set(key, message);
  return message;
}

/** Joins sentences as the language does; skips the missing ones. */
export const joinSentences = (...sentences: readonly (string | false | undefined)[]): string =>
  sentences.filter((sentence): sentence is string => !!sentence).reduce(joinTwo, '');

const joinTwo = (first: string, second: string) => (first === '' ? second : t('said.more', { first, second }));

/** Wraps a message without placeholders in an AST: the built page has no message parser. */
function parse(message: Message, language: string): IntlMessageFormat {
  const isPlain = typeof message === 'string' && !/[{<]/.test(message);
  return new IntlMessageFormat(isPlain ? [{ type: 0, value: message }] : message, language);
}

/** True if there is a message for a computed key. */
const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(current, key);

/** Returns what happened and what to do. */
export function failureSentence(failure: Failure): string {
  const { code, retryAfter, name = '' } = failure;
  const sentence =
    code === 'too-large' ? tooLargeSentence(failure) : (reasonSentence(failure) ?? t(`why.${code}`, { name }));
  if (!retryAfter) return sentence;
  return joinSentences(sentence, t('wait', { span: formatWait(retryAfter) }));
}

/** Names the kind of program, or the fault of an archive, if the service gives a reason. */
function reasonSentence({ reason, extension = '' }: Failure): string | undefined {
  const program = `program.${reason}`;
  if (isMessageKey(program)) return joinSentences(t(program, { extension }), t('program.refused'));
  const archive = `archive.${reason}`;
  return isMessageKey(archive) ? t(archive) : undefined;
}

function tooLargeSentence({ size, limit }: Failure): string {
  if (size === undefined || limit === undefined) return t('why.too-large.unsized');
  return t('why.too-large', { size: formatSize(size), most: formatLimit(limit) });
}
