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
    once: 'The token is shown only once. Copy it or scan the code before you leave this page.',
    token: 'Device token',
    qr: (id: string) => `QR code with the server address, id and token of ${id}`,
    qrHint: 'Contains the server address, id and token as JSON.',
    configuration: 'Player configuration',
    environment: 'Environment',
    json: 'JSON',
    code: 'Socket.IO',
    waiting: 'Waiting for the player to connect…',
    connected: (from: string) => `Connected from ${from}`,
    somewhere: 'an unknown address',
  },
  {
    once: 'El token se muestra una sola vez: hay que copiarlo o escanear el código antes de salir de esta página.',
    token: 'Token del dispositivo',
    qr: (id: string) => `Código QR con la dirección del servidor, el id y el token de ${id}`,
    qrHint: 'Contiene la dirección del servidor, el id y el token en JSON.',
    configuration: 'Configuración del reproductor',
    environment: 'Entorno',
    json: 'JSON',
    code: 'Socket.IO',
    waiting: 'Esperando a que el reproductor se conecte…',
    connected: (from: string) => `Conectado desde ${from}`,
    somewhere: 'una dirección desconocida',
  },
);

const forms = ['environment', 'json', 'code'] as const;
type Form = (typeof forms)[number];

/** Shows a device's new token, to copy or scan, and whether the device has connected with it. */
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

/** Only a connection that began after the token was created proves that the device has it. */
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
