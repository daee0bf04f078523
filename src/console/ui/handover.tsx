import { useState } from 'react';
import { serverUrl } from '../core/base.ts';
import { useUnsaved } from '../core/leaving.tsx';
import { environmentConfig, jsonConfig } from '../core/player-config.ts';
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
  const [isCopied, setCopied] = useState(false);
  const copied = () => setCopied(true);
  const hasArrived = useArrival(id);
  useUnsaved(!isCopied && hasArrived === undefined);
  const configurations: Record<Form, string> = {
    environment: environmentConfig({ id, token }),
    json: jsonConfig({ id, token }, 2),
    code: `const socket = io(${JSON.stringify(url)}, {\n  auth: { deviceId: ${JSON.stringify(id)}, authToken: ${JSON.stringify(token)} },\n});`,
  };
  return (
    <div className={styles.handover}>
      <p className={styles.once}>{t.once}</p>
      <Copyable text={token} of={t.token} onCopied={copied} />
      <div className={styles.ways}>
        <figure className={styles.figure}>
          <QrCode text={jsonConfig({ id, token })} label={t.qr(id)} />
          <figcaption className="muted">{t.qrHint}</figcaption>
        </figure>
        <Tabs<Form>
          label={t.configuration}
          tabs={forms.map((key) => ({ key, title: t[key] }))}
          value={form}
          onChange={setForm}
        >
          <CopyableBlock text={configurations[form]} of={t.configuration} onCopied={copied} />
        </Tabs>
      </div>
      <p className={styles.arrival} role="status">
        <Dot tone={hasArrived === undefined ? 'wait' : 'good'} />
        {hasArrived === undefined ? t.waiting : t.connected(hasArrived ?? t.somewhere)}
      </p>
    </div>
  );
}

/**
 * The address of the device once it has connected; undefined before. Only a connection that began after the token was
 * created proves that the device has it.
 */
function useArrival(id: string): string | null | undefined {
  const device = useDevice(id);
  const [before] = useState(() => device?.document.connection.sessionId ?? null);
  const connection = device?.document.connection;
  const isHere = connection?.status === 'online' && connection.sessionId !== before;
  return isHere ? connection.address : undefined;
}
