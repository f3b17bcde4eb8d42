/** The rules of language, as a function from a file to the sentences that break them; see `docs/glossary.md`. */

/** A comment, or a paragraph of a document, with the line that it begins in. */
export interface Passage {
  readonly line: number;
  readonly text: string;
}

const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;

/** The comments of a source file; line comments below each other are one. */
export function commentsOf(source: string): Passage[] {
  const found: { line: number; end: number; text: string }[] = [];
  for (const match of source.matchAll(token)) {
    const [piece] = match;
    if (!/^\/[/*]/.test(piece) || piece.startsWith('// mutant:')) continue;
    const line = lineOf(source, match.index);
    const text = piece
      .replace(/^\/\*+|\*+\/$/g, '')
      .replace(/^\/\/+ ?/, '')
      .replace(/^[ \t]*\*(?: |$)/gm, '')
      .replace(/^@.*$/gm, '');
    const before = found.at(-1);
    const isNext = piece.startsWith('//') && before?.end === line - 1;
    if (before && isNext) {
      before.text += `\n${text}`;
      before.end = line;
    } else found.push({ line, end: lineOf(source, match.index + piece.length), text });
  }
  return found.map(({ line, text }) => ({ line, text: text.trim() }));
}

/** The paragraphs, items and table cells of a Markdown file, without code and pictures. */
export function paragraphsOf(document: string): Passage[] {
  const prose = document
    .replace(/```[\s\S]*?```/g, (code) => code.replace(/[^\n]/g, ''))
    .replace(/^(?: {4}|\t).*$/gm, '')
    .replace(/^\|[-| :]+\|$/gm, '');
  let line = 1;
  const passages: Passage[] = [];
  for (const part of prose.split(/(\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.)\s))/)) {
    const text = part.replace(/^\s*(?:[-*#]+|\d+\.)\s+/, '');
    const cells = text.trimStart().startsWith('|') ? text.split('|') : [text];
    for (const cell of cells) if (cell.trim() !== '') passages.push({ line, text: cell.trim() });
    line += part.split('\n').length - 1;
  }
  return passages;
}

const persons = /\b(?:who(?:m|so)?ever|(?:some|no|any|every)body)\b/i;
const idioms =
  /\bso (?:many|often|long|much)\b|\ball the same\b|\bin (?:its|their) turn\b|\bof (?:its|their) own accord\b/i;
const freeRelative = /(?:^|[.;:!]\s+|\n\s*\n)(?:Who|What|Whose|Whom)\b(?![^.?!]*\?)/;

/** At most this many words a sentence, and sentences a paragraph; `Throws …` and `See …` do not count. */
const maxWords = 25;
const maxSentences = 2;

const withoutCode = (text: string) => text.replace(/`[^`]*`/g, 'code').replace(/https?:\S+/g, 'link');

const sentencesOf = (text: string) =>
  withoutCode(text)
    .split(/(?<=[.!?])\s+(?=[A-Z"(])|\n\s*\n|\n(?=\s*(?:[-*]|\d\.)\s)/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');

const wordsOf = (sentence: string) => sentence.split(/\s+/).filter((word) => /\w/.test(word)).length;

const shorten = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 70);

/** Sentences with a word or a form that is not plain. */
export function unplain({ line, text }: Passage): string[] {
  const plain = withoutCode(text);
  return [persons, idioms, freeRelative]
    .map((rule) => rule.exec(plain))
    .filter((found) => found !== null)
    .map(({ 0: found, index }) => `${line}: "${shorten(plain.slice(index))}" (${found.trim()})`);
}

/** Paragraphs and list items of comments that are too long. */
export function tooLong({ line, text }: Passage): string[] {
  const isSketch = /^ {4}|\| --- \|/m.test(text) || /^\s*biome-ignore/.test(text);
  if (isSketch) return [];
  return text.split(/\n\s*\n|\n(?=\s*[-*] )/).flatMap((paragraph) => {
    const sentences = sentencesOf(paragraph).filter((one) => !/^(?:Throws|See|Source)\b/.test(one));
    const longest = sentences.find((sentence) => wordsOf(sentence) > maxWords);
    if (longest) return [`${line}: ${wordsOf(longest)} words: "${shorten(longest)}"`];
    return sentences.length > maxSentences ? [`${line}: ${sentences.length} sentences: "${shorten(paragraph)}"`] : [];
  });
}
