import styles from './audit.module.css';

/** These stand beside the outcome, and beside who it was. */
const elsewhere = ['count', 'address'];

/** Small facts, as they were recorded. */
export function Details({ details }: { details: Record<string, unknown> }) {
  const facts = Object.entries(details).filter(([key]) => !elsewhere.includes(key));
  if (facts.length === 0) return null;
  return (
    <dl className={styles.details}>
      {facts.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{textOf(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
