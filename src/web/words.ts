/** Every sentence of the page, so that the page can be read, corrected and translated in one place. */
import type { Kind } from '../contract/kinds.ts';
import { problems } from '../contract/problems.ts';
import { formatNumber, plural } from './format.ts';
import type { Why } from './why.ts';

const files = (count: number) =>
  `${formatNumber(count)} ${plural(count, { one: 'file', other: 'files' })}`;

export const words = {
  product: 'Random File Exchange',
  stage: 'Your exchange',
  headline: ['Give a file.', "Get a stranger's."],

  drop: 'Drop a file here.',
  dropPromise: 'It goes to one stranger, once. Then it is gone from here.',
  dropNow: 'Let go to give it.',
  choose: 'Choose a file',
  chooseOther: 'Choose another file',
  limit: (most: string) =>
    `Up to ${most}. Text, PDF, images, documents, audio, video, archives, code; no programs. Pasting a file works too.`,
  tooLarge: (size: string, most: string) =>
    `That file has ${size}; this exchange takes up to ${most}. Nothing was sent.`,

  giving: 'Handing it over',
  sent: (part: string, whole: string, percent: string) => `${part} of ${whole} sent (${percent})`,
  checking: 'All of it is here. We look at it before it goes on the shelf.',
  cancel: 'Cancel',

  drawing: "Reaching for a stranger's file",
  drawingMore: 'Your file is on the shelf. We draw one of the others for you.',
  waiting: 'Yours is on the shelf',
  waitingMore:
    "Nobody else's file is here yet. Yours is safe on the shelf; we open the door as soon as somebody gives.",
  waitingOnItsWay:
    'Your file is on its way to a stranger. The next one that somebody gives is yours.',
  waitingLanded: 'Your file has reached a stranger. The next one that somebody gives is yours.',
  waitingLong: (day: string) =>
    `You may close this page: your ticket stays in this browser and is good until ${day}.`,
  youGave: 'You gave',
  unreachable:
    'We cannot reach the exchange right now. Your ticket is safe in this browser; we keep trying.',
  takeBack: 'Take my file back',
  takingBack: 'Taking it back …',

  taking: 'Taking one from the shelf',
  takingMore: 'We ask for a file that nobody is waiting for.',

  receiving: 'A parcel is coming to you',
  arrivedOf: (part: string, whole: string, percent: string) =>
    `${part} of ${whole} here (${percent})`,
  resuming: 'The connection broke. Your parcel is still yours: we carry on where it stopped.',
  broken: 'The line is down',
  carryOn: 'Carry on',
  fetchAgain: 'Fetch it again',

  arrived: 'This came from a stranger.',
  arrivedMore: 'Look before you keep it.',
  waitedOnShelf: (span: string) => `waited ${span} on the shelf`,
  justGiven: 'given a moment ago',
  save: 'Save the file',
  saveAgain: 'Save it again',
  saved: 'It is yours now. We keep no copy; this page does until you leave it.',
  unsaved: 'Save it soon: it is only in this page, and for some minutes more with us.',
  giveAnother: 'Give another',
  letGo: "Don't keep it",
  details: 'How we know it arrived whole',
  checkedWhole: 'Every byte was compared with the fingerprint (SHA-256) of what was given:',
  checkedSize:
    'The size is right. To compare the fingerprint too, a browser needs a secure (https) connection; what was given has:',
  noFingerprint: 'The size is right.',

  takeOne: 'Just take one without giving',
  takeNone: 'Every file here is promised to somebody who gave. Give one, and the next is yours.',
  takeEmpty: 'The shelf is empty: there is nothing to take yet.',

  pool: 'On the shelf now',
  poolLoading: 'Counting …',
  poolEmpty: 'Nothing is here just now. Whoever gives first waits for the next.',
  poolFiles: (count: number) => plural(count, { one: 'file', other: 'files' }),
  poolSize: 'in all',
  poolTypes: (count: number) => plural(count, { one: 'file type', other: 'file types' }),
  poolEver: (given: number, delivered: number) =>
    `${files(given)} given so far; ${formatNumber(delivered)} reached a stranger.`,
  poolKind: (kind: string, count: number) => `${formatNumber(count)} ${kind}`,

  docs: 'For scripts: the API',
  promise: 'No account, no cookies, no trackers.',
  tryAgain: 'Try again',
} as const;

export const kindWords: Readonly<Record<Kind, string>> = {
  text: 'text',
  pdf: 'PDF',
  image: 'image',
  document: 'document',
  audio: 'audio',
  video: 'video',
  archive: 'archive',
  code: 'code',
};

/** Where the page knows better what to say than the service, whose sentences are for scripts as well. */
const reasons: Readonly<Partial<Record<Why['code'], string>>> = {
  several: 'One file at a time, please. Nothing was sent.',
  folder: 'That is a folder. Pack it into a ZIP file and give that; nothing was sent.',
  busy: 'One exchange at a time: finish this one first. Nothing was sent.',
  unreadable: 'We cannot read that file any more; it may have been moved. Choose it once more.',
  connection:
    'The connection broke before your file was all here. Nothing was kept, and your file is still with you.',
  'line-down': 'The connection broke. Your parcel is still yours: carry on where it stopped.',
  'not-reached':
    'We cannot reach the exchange right now. Nothing has changed; try again in a moment.',
  mismatch:
    'What arrived is not what was given, so we threw it away. Your parcel is still yours: fetch it again.',
  cancelled: 'You cancelled. Nothing was kept.',
  'taken-back': 'Your file is off the shelf again, and we keep no copy. Nobody has seen it.',
  'not-kept':
    'This browser does not let us keep your ticket. Stay on this page until your parcel is here.',
  'parcel-gone': 'The time for that file is over, and it went back on the shelf or is gone.',
  'file-empty': 'That file is empty; a stranger would get nothing. Nothing was sent.',
  'no-file-chosen': 'There was no file in that. Nothing was sent.',
  'pool-empty': 'There is nothing to take without giving right now. Give a file to get one.',
  'free-draws-off': 'This exchange gives nothing away: give a file to get one.',
  'gift-drawn':
    'A stranger has drawn your file already, so it cannot come back. Your ticket is still good.',
  'draw-made': 'Your draw is made already, so your file stays where it is.',
  'delivery-over': 'The time for that parcel was over. Your ticket is good again, so we draw anew.',
  'gift-damaged':
    'That file was damaged in our keeping, so we do not pass it on. Your ticket is good again, and we draw anew.',
  'ticket-spent':
    'Your last exchange is done: its file was delivered. If you did not save it, it is gone now.',
  'ticket-expired':
    'Your last ticket waited too long and is no longer good. Give again for another.',
  'ticket-withdrawn': 'You took your last file back, so there is nothing to draw for it.',
  'ticket-unknown': 'This exchange does not know the ticket that this browser kept. Start afresh.',
};

export function sentenceOf({ code, detail, retryAfter }: Why): string {
  const sentence = (code === 'too-large' ? detail : reasons[code]) ?? detail;
  const known = code in problems ? problems[code as keyof typeof problems].advice : '';
  const wait = retryAfter ? ` Wait ${formatNumber(retryAfter)} seconds.` : '';
  return `${sentence ?? known}${wait}`;
}
