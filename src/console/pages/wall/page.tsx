import { useCensus, useDevice, useSession } from '../../core/session.tsx';
import { Page } from '../../ui/page.tsx';

export default function Wall() {
  const { devices } = useCensus();
  const { fleet } = useSession();
  return (
    <Page title="Wall">
      <p>{devices}</p>
      <ul>
        {[...fleet.devices.keys()].slice(0, 50).map((id) => (
          <Row key={id} id={id} />
        ))}
      </ul>
    </Page>
  );
}

function Row({ id }: { id: string }) {
  const device = useDevice(id);
  const vlc = device?.document.state.vlc as { state?: string } | undefined;
  return (
    <li>
      {device?.document.name ?? id} {device?.document.connection.status} {vlc?.state}
    </li>
  );
}
