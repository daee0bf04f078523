import { useState } from 'react';
import { serverUrl } from '../core/base.ts';
import { useDevice } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Dot } from './badge.tsx';
import { Copyable, CopyableBlock } from './copy.tsx';
import styles from './handover.module.css';
import { QrCode } from './qr.tsx';
import { Tabs } from './tabs.tsx';

const texts = defineTexts(
  {
    once: 'This is the only time the token is shown. Copy it, or scan the code, before you leave.',
    token: 'Token of the device',
    qr: (id: string) => `QR code with the address, the id and the token of ${id}`,
    qrHint: 'Holds the address of this server, the id and the token, as JSON.',
    configuration: 'Configuration of the player',
    environment: 'Environment',
    json: 'JSON',
    code: 'Socket.IO',
    waiting: 'Waiting for it to connect…',
    connected: (from: string) => `Connected, from ${from}`,
    somewhere: 'an unknown address',
  },
  {
    once: 'El token solo se muestra esta vez. Cópialo o escanea el código antes de salir.',
    token: 'Token del dispositivo',
    qr: (id: string) => `Código QR con la dirección, el id y el token de ${id}`,
    qrHint: 'Contiene la dirección de este servidor, el id y el token, en JSON.',
    configuration: 'Configuración del reproductor',
    environment: 'Entorno',
    json: 'JSON',
    code: 'Socket.IO',
    waiting: 'Esperando a que se conecte…',
    connected: (from: string) => `Conectado, desde ${from}`,
    somewhere: 'una dirección desconocida',
  },
);

const forms = ['environment', 'json', 'code'] as const;
type Form = (typeof forms)[number];

/** A device's new token on its way to its screen: to copy, to scan, and whether it has arrived. */
export function Handover({ id, token }: { id: string; token: string }) {
  const t = useTexts(texts);
  const [form, setForm] = useState<Form>('environment');
  const url = serverUrl;
  const configurations: Record<Form, string> = {
    environment: `VIGIA_URL=${url}\nDEVICE_ID=${id}\nDEVICE_TOKEN=${token}`,
    json: JSON.stringify({ url, deviceId: id, token }, null, 2),
    code: `const socket = io(${JSON.stringify(url)}, {\n  auth: { deviceId: ${JSON.stringify(id)}, authToken: ${JSON.stringify(token)} },\n});`,
  };
  return (
    <div className={styles.handover}>
      <p className={styles.once}>{t.once}</p>
      <Copyable text={token} of={t.token} />
      <div className={styles.ways}>
        <figure className={styles.figure}>
          <QrCode text={JSON.stringify({ url, deviceId: id, token })} label={t.qr(id)} />
          <figcaption className="muted">{t.qrHint}</figcaption>
        </figure>
        <Tabs<Form>
          label={t.configuration}
          tabs={forms.map((key) => ({ key, title: t[key] }))}
          value={form}
          onChange={setForm}
        >
          <CopyableBlock text={configurations[form]} of={t.configuration} />
        </Tabs>
      </div>
      <Arrival id={id} />
    </div>
  );
}

/** A device that was connected already does not prove the new token: only a connection begun after it was made does. */
function Arrival({ id }: { id: string }) {
  const t = useTexts(texts);
  const device = useDevice(id);
  const [before] = useState(() => device?.document.connection.sessionId ?? null);
  const connection = device?.document.connection;
  const isHere = connection?.status === 'online' && connection.sessionId !== before;
  return (
    <p className={styles.arrival} role="status">
      <Dot tone={isHere ? 'good' : 'wait'} />
      {isHere ? t.connected(connection.address ?? t.somewhere) : t.waiting}
    </p>
  );
}
