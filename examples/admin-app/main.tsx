import { useCommand, useDevice, useFleet, useStatus, VigiaProvider } from '@vigia/client/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

function Screen({ id }: { id: string }) {
  const device = useDevice(id);
  const { send, isPending, result, error } = useCommand();
  if (!device) return null;
  const command = device.playback.status === 'playing' ? 'pause' : 'play';
  return (
    <li>
      <b>{device.name ?? id}</b> {device.connection.status}, {device.playback.status} {device.playback.item}{' '}
      <button type="button" disabled={isPending} onClick={() => send({ deviceId: id, command })}>
        {command}
      </button>{' '}
      {error?.message ?? (result && 'status' in result && result.status)}
    </li>
  );
}

function Screens() {
  const [filter, setFilter] = useState('');
  const ids = useFleet(filter);
  const { link, error } = useStatus();
  return (
    <>
      <p role="status">{`${link}, ${ids.length} screens ${error?.message ?? ''} ${error?.remedy ?? ''}`}</p>
      <input placeholder="Filter, e.g. status:online" onChange={(event) => setFilter(event.target.value)} />
      <ul>
        {ids.map((id) => (
          <Screen key={id} id={id} />
        ))}
      </ul>
    </>
  );
}

function App() {
  const [server, setServer] = useState<{ url: string; token: string }>();
  const signIn = (form: FormData) => setServer({ url: String(form.get('url')), token: String(form.get('token')) });
  return (
    <>
      <form action={signIn}>
        <input name="url" defaultValue={server?.url ?? 'http://localhost:3001'} aria-label="Server" />{' '}
        <input name="token" type="password" placeholder="Token" /> <button type="submit">Connect</button>
      </form>
      {server && (
        <VigiaProvider {...server}>
          <Screens />
        </VigiaProvider>
      )}
    </>
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
