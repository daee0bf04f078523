// A list of all devices that counts how often each part renders, for a test in a browser.
import { connectAdmin } from '@vigia/client';
import { useDevice, useFleet, useStatus, VigiaProvider } from '@vigia/client/react';
import { createRoot } from 'react-dom/client';

const renders = { list: 0, rows: 0, status: 0, row: {} as Record<string, number> };
Object.assign(globalThis, { renders, connectAdmin });

function Row({ id }: { id: string }) {
  const device = useDevice(id);
  renders.rows++;
  renders.row[id] = (renders.row[id] ?? 0) + 1;
  return <li id={id}>{`${device?.id} ${device?.playback.item}`}</li>;
}

function List({ filter }: { filter: string }) {
  const ids = useFleet(filter);
  renders.list++;
  return (
    <>
      <output>{ids.length}</output>
      <ul>
        {ids.map((id) => (
          <Row key={id} id={id} />
        ))}
      </ul>
    </>
  );
}

function Status() {
  const { link } = useStatus();
  renders.status++;
  return <p role="status">{link}</p>;
}

const query = new URLSearchParams(location.search);
createRoot(document.getElementById('root') as HTMLElement).render(
  <VigiaProvider url={query.get('url') ?? ''} token="any">
    <Status />
    <List filter={query.get('filter') ?? ''} />
  </VigiaProvider>,
);
