import { memo, useRef } from 'react';
import type { DeviceDocument, Json } from '../../../protocol/document.ts';
import styles from './device.module.css';

/** The device's state and status; changed values flash. */
export function StateTree({ document }: { document: DeviceDocument }) {
  const { connection, report, playback, onAir, network, commands, state } = document;
  return (
    <div className={styles.tree}>
      {Object.entries({ onAir, playback, connection, report, commands, network, ...state }).map(([name, value]) => (
        <Node key={name} name={name} value={value as unknown as Json} />
      ))}
    </div>
  );
}

/** Unchanged parts keep their identity, so `memo` skips them. */
const Node = memo(function Node({ name, value }: { name: string; value: Json }) {
  if (typeof value !== 'object' || value === null) return <Leaf name={name} value={value} />;
  const entries = Object.entries(value);
  return (
    <details open className={styles.branch}>
      <summary>
        {name} {Array.isArray(value) && <small>[{entries.length}]</small>}
      </summary>
      {entries.map(([key, it]) => (
        <Node key={key} name={key} value={it} />
      ))}
    </details>
  );
});

function Leaf({ name, value }: { name: string; value: null | boolean | number | string }) {
  const seen = useRef({ value, changes: 0 });
  if (seen.current.value !== value) seen.current = { value, changes: seen.current.changes + 1 };
  const { changes } = seen.current;
  return (
    <p className={styles.leaf}>
      <span>{name}</span>
      {/* The new key restarts the animation. */}
      <span key={changes} className={changes > 0 ? styles.flash : undefined} data-changes={changes}>
        {String(value)}
      </span>
    </p>
  );
}
