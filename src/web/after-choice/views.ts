/** One chunk: whichever is shown first, the other one often follows. */
export { BatchView } from '../batch/batch-view.tsx';
export { Offer } from '../give/offer.tsx';
