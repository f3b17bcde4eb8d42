/** The operator's desk, a page of its own at `/admin`, in English. */
import { render } from 'preact';
import '../styles/colours.css';
import '../styles/controls.css';
import { Desk } from './desk.tsx';
import './desk.css';

const page = document.getElementById('page');
if (page) render(<Desk />, page);
