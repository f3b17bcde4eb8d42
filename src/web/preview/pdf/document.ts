/**
 * Renders a PDF by pdf.js in two workers, so that a slow one cannot block the page. Scripts, forms, links, annotations
 * and external resources are left out.
 */
import {
  AnnotationMode,
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentProxy,
  PDFWorker,
  VerbosityLevel,
  version,
} from 'pdfjs-dist';
import rendererAddress from 'pdfjs-dist/build/pdf.renderer.min.mjs?url';
import readerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { ownFolder } from '../../own-address.ts';
import { createModuleWorker } from '../../ui/own-scripts.ts';
import { abortable } from '../viewer/worker-timeout.ts';

export interface PdfDocument {
  readonly pages: number;
  /** Renders a page (from 1) at a width in pixels, and extracts its text. */
  draw(page: number, width: number): Promise<PdfPage>;
}

export interface PdfPage {
  readonly canvas: HTMLCanvasElement;
  readonly words: string;
}

export const maxPdfBytes = 100_000_000;
/** Limits of a page and of an image on it. */
const maxPagePixels = 6_000_000;
const maxImagePixels = 50_000_000;
const maxTextLength = 20_000;
/** Timeout of opening and of each page, in milliseconds. */
const timeoutMs = 15_000;

/** Standard fonts, character maps and decoders, part of the build. The worker is in another folder, so the address is a whole one. */
const resources = `${ownFolder()}assets/pdfjs-${version}/`;

/** The document is usable until the signal aborts. Throws errors of pdf.js, and a `TimeoutError`. */
export async function openPdf(bytes: Blob, signal: AbortSignal): Promise<PdfDocument> {
  const [reader, renderer] = [readerAddress, rendererAddress].map((address) => {
    const worker = createModuleWorker(address);
    signal.addEventListener('abort', () => worker.terminate());
    return worker;
  }) as [Worker, Worker];
  const readerFailed = new Promise<never>((_resolve, reject) => {
    reader.addEventListener('error', () => reject(new Error('The reader did not start.')));
  });
  const withTimeout = <T>(work: Promise<T>) =>
    abortable(Promise.race([work, readerFailed]), AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  const data = new Uint8Array(await bytes.arrayBuffer());
  signal.throwIfAborted();
  GlobalWorkerOptions.rendererPorts = [renderer];
  const pdf = await withTimeout(getDocument({ ...settings, data, worker: workerOf(reader) }).promise);
  return {
    pages: pdf.numPages,
    draw: (page, width) => withTimeout(drawPage(pdf, page, width)),
  };
}

const workerOf = (port: Worker) => new PDFWorker({ port, verbosity: VerbosityLevel.ERRORS } as never);

const settings = {
  verbosity: VerbosityLevel.ERRORS,
  enableXfa: false,
  // The content security policy forbids WebAssembly; pdf.js has the decoders in JavaScript too.
  useWasm: false,
  useWorkerFetch: true,
  // Draw the glyphs as paths: embedded fonts never reach the browser's font parser.
  disableFontFace: true,
  useSystemFonts: false,
  maxImageSize: maxImagePixels,
  cMapUrl: `${resources}cmaps/`,
  standardFontDataUrl: `${resources}standard_fonts/`,
  wasmUrl: `${resources}wasm/`,
};

async function drawPage(pdf: PDFDocumentProxy, number: number, width: number): Promise<PdfPage> {
  const page = await pdf.getPage(number);
  const fullSize = page.getViewport({ scale: 1 });
  const maxScale = Math.sqrt(maxPagePixels / (fullSize.width * fullSize.height));
  const viewport = page.getViewport({ scale: Math.min(width / fullSize.width, maxScale) });
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  await page.render({ canvas, viewport, annotationMode: AnnotationMode.DISABLE }).promise;
  const { items } = await page.getTextContent();
  const words = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''));
  page.cleanup();
  return { canvas, words: words.join('').slice(0, maxTextLength) };
}
