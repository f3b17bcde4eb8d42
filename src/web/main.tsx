import { render } from 'preact';
import { createClient } from '../contract/client.ts';
import { loadViews, preloadAtInteraction } from './after-choice/after-choice.tsx';
import { App } from './app.tsx';
import { BatchUploader } from './batch/uploader.ts';
import { trackKeyboardModality } from './ui/keyboard-modality.ts';
import { setLanguage } from './ui/language-picker.tsx';
import './styles/colours.css';
import './styles/type.css';
import './styles/controls.css';
import './history/history.css';
import { registerServiceWorker } from './offline/offline.tsx';
import './scene/parcel.css';
import './pool/pool.css';
import './styles/stage.css';
import './receive/file-card.css';
import './offline/offline.css';
import { ownPath } from './own-address.ts';
import { browserStorage, createLocalStore } from './state/storage.ts';
import { createUploadRecords } from './state/upload-records.ts';

const path = ownPath();
const client = createClient(path);
const uploads = createUploadRecords(browserStorage('sessionStorage'), path);
const store = createLocalStore(browserStorage(), { tabs: window, path });
const page = document.getElementById('page');
// Load the catalogue before the first render: a page in the wrong language for a moment would jump.
void setLanguage(store.language()).then(() => {
  if (page)
    render(
      <App services={{ client, store, uploads, uploader: new BatchUploader({ client, store, uploads }) }} />,
      page,
    );
});

trackKeyboardModality();
preloadAtInteraction();

// After `load`, so that the service worker does not compete with the page for the connection.
addEventListener('load', () => registerServiceWorker(loadViews));
