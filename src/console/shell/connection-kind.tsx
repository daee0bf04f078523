import { useNow } from '../core/clock.tsx';
import { useLink, useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';

const texts = defineTexts(
  {
    websocket: 'Live over WebSocket',
    polling: 'Live over long polling',
    why: 'WebSocket is blocked on the way to the server, possibly by a proxy. Everything works, with slightly more traffic.',
    connecting: 'Connecting…',
    lost: 'Not connected',
  },
  {
    websocket: 'En vivo por WebSocket',
    polling: 'En vivo por long polling',
    why: 'WebSocket está bloqueado de camino al servidor, quizá por un proxy. Todo funciona, con algo más de tráfico.',
    connecting: 'Conectando…',
    lost: 'Desconectado',
  },
);

/** The transport of the connection, which helps to explain a slow page. */
export function ConnectionKind() {
  const t = useTexts(texts);
  const link = useLink();
  const { transport } = useSession().admin.status;
  useNow();
  if (link === 'connecting') return <small className="muted">{t.connecting}</small>;
  if (link !== 'live' || transport === undefined) return <small className="muted">{t.lost}</small>;
  return (
    <small className="muted" title={transport === 'polling' ? t.why : undefined}>
      {t[transport]}
    </small>
  );
}
