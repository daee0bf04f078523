import { commandTexts } from '../../core/command-texts.ts';
import { useTexts } from '../../core/texts.ts';
import styles from './audit.module.css';
import { detailTexts } from './texts.ts';

/** Shown in other columns. */
const elsewhere = ['count', 'address'];

/** The details as recorded; known names are translated. */
export function Details({ details }: { details: Record<string, unknown> }) {
  const names: Readonly<Record<string, string>> = useTexts(detailTexts);
  const commands: Readonly<Record<string, string>> = useTexts(commandTexts);
  const facts = Object.entries(details).filter(([key]) => !elsewhere.includes(key));
  if (facts.length === 0) return null;
  const told = (key: string, value: unknown) => {
    const text = textOf(value);
    return (key === 'command' ? commands[text] : value === true && names.true) || text;
  };
  return (
    <dl className={styles.details}>
      {facts.map(([key, value]) => (
        <div key={key}>
          <dt>{names[key] ?? key}</dt>
          <dd>{told(key, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
