/** Response headers that keep a stranger's bytes inert (R26, R31). */
import { create as disposition } from 'content-disposition';

export const everyAnswer = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

/** Sent where a trusted proxy ended TLS (RFC 6797). */
export const secureAnswer = { 'strict-transport-security': 'max-age=31536000' } as const;

export const apiAnswer = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * The page runs its own bundle only: no inline script or style, no other host. It shows a file from memory (`blob:`) as an
 * image, audio or video.
 */
export const pageAnswer = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types own-scripts',
  ].join('; '),
} as const;

/** The page of the desk shows texts only. */
export const deskPageAnswer = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
} as const;

/** The policy of the page's workers: they load their own scripts and fonts only. */
export const partPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'";

interface OutgoingGift {
  readonly key: string;
  readonly name: string;
  readonly sha256: string;
}

const asciiName = /^[ -~]+$/;
const asciiExtension = /(?:\.tar)?\.[\w-]{1,16}$/;

/**
 * The name for clients that know ASCII only, such as `curl -OJ`. It has a part of the gift's key, since letters that are left
 * out would give different gifts one name.
 */
function asciiFallback({ name, key }: OutgoingGift): string {
  const extension = asciiExtension.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length).normalize('NFKD');
  const letters = stem.replace(/[^\w .-]/g, '').trim();
  return `${letters || 'file'}-${key.slice(0, 8)}${extension}`;
}

function giftDisposition(gift: OutgoingGift): string {
  if (asciiName.test(gift.name)) return disposition(gift.name);
  return disposition(gift.name, { fallback: asciiFallback(gift) });
}

/** The headers of a gift on its way out: always an attachment, never anything that a browser would run. */
export function giftHeaders(gift: OutgoingGift) {
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': giftDisposition(gift),
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex, nofollow',
    'accept-ranges': 'bytes',
    etag: `"${gift.sha256}"`,
    'repr-digest': `sha-256=:${Buffer.from(gift.sha256, 'hex').toString('base64')}:`,
  } as const;
}
