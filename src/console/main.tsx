import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createClock } from './core/clock.tsx';
import { createSignIn } from './core/sign-in.ts';
import './styles/tokens.css';
import './styles/base.css';

const clock = createClock();
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App clock={clock} signIn={createSignIn(clock)} />
  </StrictMode>,
);
