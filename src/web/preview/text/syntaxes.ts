/** Candidates for the syntax of a text, by the file's extension, its name, and its first characters. */
export function syntaxesOf(name: string, text: string): string[] {
  const ending = /\.([a-z\d+#]{1,12})$/i.exec(name)?.[1]?.toLowerCase();
  const named = { dockerfile: 'bash', makefile: 'makefile' }[name.toLowerCase()];
  return [ending, named, languageOf(text.trimStart())].filter((one) => one !== undefined);
}

function languageOf(text: string): string | undefined {
  if (/^<(?:[?!a-z])/i.test(text)) return 'xml';
  if (/^#!.*python/.test(text)) return 'python';
  return text.startsWith('#!') ? 'bash' : undefined;
}
