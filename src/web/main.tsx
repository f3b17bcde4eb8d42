import { render } from 'preact';
import { createClient } from '../contract/client.ts';
import { App } from './app.tsx';
import { noteKeys } from './ui/keyboard-modality.ts';
import { learn } from './ui/language-picker.tsx';
import './batch/batch-view.css';
import { Run } from './batch/uploader.ts';
import './styles/colours.css';
import './styles/type.css';
import './styles/controls.css';
import './history/history.css';
import { keepForOffline } from './offline/offline.tsx';
import './scene/parcel.css';
import './pool/pool.css';
import './styles/stage.css';
import './receive/file-card.css';
import './offline/offline.css';
import './give/shared-files.css';
import { browserStorage, createKeep } from './state/storage.ts';

const client = createClient();
const keep = createKeep(browserStorage(), { tabs: window });
const page = document.getElementById('page');
// A page in the wrong language for a moment would jump; English is here at once, the others after one small request.
void learn(keep.language()).then(() => {
  if (page) render(<App tools={{ client, keep, run: new Run({ client, keep }) }} />, page);
});

noteKeys();

// Only then, so that it is in nobody's way.
addEventListener('load', keepForOffline);
