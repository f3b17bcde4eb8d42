import { render } from 'preact';
import { createClient } from '../contract/client.ts';
import { App } from './app.tsx';
import { noteKeys } from './by-keys.ts';
import { learn } from './language.tsx';
import './many/many.css';
import { Run } from './many/run.ts';
import './look.css';
import './type.css';
import './controls.css';
import './mine/mine.css';
import { keepForOffline } from './offline.tsx';
import './parcel.css';
import './pool/pool.css';
import './stage.css';
import './card.css';
import './offline.css';
import './shared.css';
import { browserStorage, createKeep } from './storage.ts';

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
