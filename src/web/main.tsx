import { render } from 'preact';
import { createClient } from '../contract/client.ts';
import { App } from './app.tsx';
import './look.css';
import './parcel.css';
import './pool.css';
import './stage.css';
import { browserStorage, createKeep } from './storage.ts';

const page = document.getElementById('page');
if (page)
  render(<App tools={{ client: createClient(), keep: createKeep(browserStorage()) }} />, page);
