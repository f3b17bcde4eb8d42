/**
 * Files that would run in a careless page: each requests a foreign address, changes the title, and adds an element.
 */
import { bytesOf, movingGif, pdf, png, tarGz, wav, zip } from './files.ts';

/** Free of quotes and brackets of the surrounding markup. */
export const call =
  "new Image().src='/api/executed';fetch('/api/executed');document.title='executed';document.body.append(Object.assign(document.createElement('i'),{id:'executed'}))";
const script = `<script>${call}</script>`;
const image = `<img src=x onerror="${call}">`;
const inXml = call.replaceAll("'", '&apos;');
const inSvg = (inside: string, more = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"${more}><rect width="9" height="9"/>${inside}</svg>`;
export const svg = inSvg(`${script}<image href="x" onerror="${inXml}"/>`, ` onload="${inXml}"`);
const html = `<!doctype html><title>page</title>${script}${image}`;
const elsewhere = 'http://elsewhere.invalid/api/executed';

const both = (bytes: Uint8Array, text: string) => Uint8Array.from([...bytes, ...bytesOf(text)]);

/** A PDF with an action on opening. */
const acting = (action: string) =>
  pdf(['A paper'], {
    catalogue: `/OpenAction ${action}/AA<</WC ${action}>>`,
    page: `/AA<</O ${action}>>`,
  });
const inPdf = (text: string) => text.replaceAll(/[()\\]/g, '\\$&');
const scripted = `<</S/JavaScript/JS(${inPdf(call)})>>`;
const link = `<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/URI/URI(javascript:${inPdf(call)})>>>>`;
const field = `<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(b)/Rect[9 9 99 99]/AA<</F ${scripted}>>>>`;

const markups: readonly (readonly [name: string, text: string])[] = [
  ['page.html', html],
  ['page.htm', `<body onload="${call}">`],
  ['page.xhtml', `<html xmlns="http://www.w3.org/1999/xhtml"><body><script>${inXml}</script></body></html>`],
  [
    'data.xml',
    `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><r xmlns:h="http://www.w3.org/1999/xhtml"><h:script>${inXml}</h:script></r>`,
  ],
  [
    'sheet.xml',
    `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><x:stylesheet id="s" version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"><html><script>${inXml}</script></html></x:template></x:stylesheet>`,
  ],
  ['feed.rss', `<rss><channel><title>${script}</title></channel></rss>`],
  ['code.js', call],
  ['module.mjs', `${call}; export {}`],
  ['style.css', `@import '/api/executed'; body { background: url('/api/executed') }`],
  ['text.txt', `<html>${html}</html>`],
  ['notes.md', `[x](javascript:${call}) ![y](${elsewhere}) ${html}`],
  ['table.csv', `=HYPERLINK("javascript:${call}"),${image}\n`],
  ['object.json', JSON.stringify({ __proto__: html, html })],
  ['noname', html],
  ['turned.txt', `\u202e\u2066${html}\u2069`],
];

const drawings: readonly (readonly [name: string, text: string])[] = [
  ['script.svg', svg],
  [
    'foreign.svg',
    inSvg(
      `<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="javascript:${inXml}"/><img src="${elsewhere}" onerror="${inXml}"/></body></foreignObject>`,
    ),
  ],
  [
    'external.svg',
    inSvg(
      `<image href="${elsewhere}" width="9" height="9"/><use href="${elsewhere}#a"/><feImage href="/api/executed"/>`,
    ),
  ],
  ['use.svg', inSvg(`<use href="data:image/svg+xml;utf8,${encodeURIComponent(svg)}#a"/>`)],
  [
    'animate.svg',
    inSvg(
      `<a><animate attributeName="href" values="javascript:${inXml}" begin="0s"/><set attributeName="onload" to="${inXml}"/><text y="9">x</text></a>`,
    ),
  ],
  [
    'import.svg',
    inSvg(
      `<style>@import url(${elsewhere}); rect { fill: url(/api/executed#a); background: url(${elsewhere}) }</style>`,
    ),
  ],
  ['link.svg', inSvg(`<a xlink:href="javascript:${inXml}"><rect width="9" height="9"/></a>`)],
  ['entity.svg', `<!DOCTYPE svg [<!ENTITY x SYSTEM "${elsewhere}"><!ENTITY y "${'z'.repeat(50)}">]>${inSvg('&x;&y;')}`],
  [
    'bomb.svg',
    inSvg(
      `<rect id="l0"/>${Array.from({ length: 12 }, (_, level) => `<g id="l${level + 1}">${`<use href="#l${level}"/>`.repeat(10)}</g>`).join('')}`,
    ),
  ],
];

const papers: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['script.pdf', acting(scripted)],
  ['viewer.pdf', acting(`<</S/JavaScript/JS(${inPdf('app.launchURL("/api/executed"); app.alert(1)')})>>`)],
  ['uri.pdf', acting(`<</S/URI/URI(${elsewhere})>>`)],
  ['launch.pdf', acting('<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>')],
  ['submit.pdf', acting(`<</S/SubmitForm/F(${elsewhere})>>`)],
  [
    'annotated.pdf',
    pdf(['A link'], {
      catalogue: '/AcroForm<</Fields[7 0 R]>>',
      page: '/Annots[6 0 R 7 0 R]',
      objects: [link, field],
    }),
  ],
  [
    'embedded.pdf',
    pdf([html], {
      catalogue: '/Names<</EmbeddedFiles<</Names[(page.html) 6 0 R]>>>>',
      objects: [
        '<</Type/Filespec/F(page.html)/EF<</F 7 0 R>>>>',
        `<</Type/EmbeddedFile/Subtype/text#2Fhtml/Length ${html.length}>>stream\n${html}\nendstream`,
      ],
    }),
  ],
  [
    'form.pdf',
    pdf(['A form'], {
      catalogue: '/AcroForm<</XFA 6 0 R>>',
      objects: [`<</Length ${html.length}>>stream\n${html}\nendstream`],
    }),
  ],
  ['torn.pdf', bytesOf(`%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction ${scripted}>>endobj\n${html}`)],
  ['paper and page.pdf', both(pdf(['A paper']), html)],
];

/** All files by name, as bytes, since most are no text. */
export async function makeCorpus(): Promise<readonly (readonly [name: string, bytes: Uint8Array])[]> {
  const entries = {
    '<img src=x onerror=alert(1)>.txt': html,
    '"><script>alert(1)</script>': 'a',
    '../../page.html': html,
  };
  return [
    ...[...markups, ...drawings].map(([name, text]) => [name, new TextEncoder().encode(text)] as const),
    ...papers,
    ['page.png', bytesOf(html)],
    ['film.mp4', bytesOf(html)],
    ['both.gif', bytesOf(`GIF89a/*${'\0'.repeat(20)}*/=1;${call};//${script}`)],
    ['moving.gif', both(movingGif(), html)],
    ['picture and page.png', both(png(8, 8), html)],
    ['sound.wav', wav(html)],
    ['sound.mp3', bytesOf(`ID3\x04\0\0\0\0\x0f\x00TIT2\0\0\x02\0\0\0\0${html.padEnd(400)}`)],
    ['entries.zip', await zip(entries)],
    ['archive and page.zip', both(bytesOf(html), Buffer.from(await zip(entries)).toString('latin1'))],
    ['entries.tar.gz', await tarGz(entries)],
    ['<img src=x onerror=alert(1)>.txt', bytesOf('a name with markup')],
    ['"><svg onload=alert(1)>.svg', bytesOf(inSvg(''))],
    ['javascript:alert(1).png', png(8, 8)],
    ['paper\u202etxt.pdf', pdf(['A paper by another name'])],
    ['{name} <b>bold</b>.zip', await zip({ '{count, plural}': 'a' })],
  ];
}
