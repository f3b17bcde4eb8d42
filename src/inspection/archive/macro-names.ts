/** Finds the macros of documents that are ZIP archives, by the names of their parts. */

/** Office finds a VBA project by this name alone. */
const vbaProject = /(?:^|[/\\])vbaProject\.bin$/i;
/** Sheets of Excel 4.0 macros ([MS-XLSB] 2.1.7, [MS-OFFMACRO2] 2.2.1). */
const macroSheet = /^[/\\]?xl[/\\]macrosheets[/\\]/i;
const workbook = /^[/\\]?xl[/\\]workbook\.(?:xml|bin)$/i;
/** Basic modules and scripts of OpenDocument (ODF 1.3 part 2, 3.16); a list of an empty library is none. */
const openDocumentScript = /^(?:Basic\/[^/]+\/(?!script-lb\.xml$|dialog-lb\.xml$)[^/]+\.xml|Scripts\/[^/]+\/.+[^/])$/;
const openDocumentParts = ['mimetype', 'content.xml', 'META-INF/manifest.xml'];

/** Takes the names of one archive, in any order, and answers true once they are those of a document with macros. */
export function createMacroFinder(): (name: string) => boolean {
  const missing = new Set(openDocumentParts);
  let [hasScript, hasSheet, hasWorkbook] = [false, false, false];
  return (name) => {
    missing.delete(name);
    hasScript ||= openDocumentScript.test(name);
    hasSheet ||= macroSheet.test(name);
    hasWorkbook ||= workbook.test(name);
    return vbaProject.test(name) || (hasSheet && hasWorkbook) || (hasScript && missing.size === 0);
  };
}
