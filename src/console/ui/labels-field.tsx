import { labelsOf } from '../core/labels.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Field } from './field.tsx';

const texts = defineTexts(
  {
    labels: 'Labels',
    help: 'One per line: floor=3. You can filter the wall by them.',
    none: (line: string) => `“${line}” is not key=value`,
    twice: (line: string) => `“${line}”: this key is there already`,
  },
  {
    labels: 'Etiquetas',
    help: 'Una por línea: planta=3. La pared se puede filtrar por ellas.',
    none: (line: string) => `«${line}» no es clave=valor`,
    twice: (line: string) => `«${line}»: esta clave ya está`,
  },
);

/** `isWritten`: somebody wanted to save, so that half a line is a fault. */
export function LabelsField({
  value,
  onChange,
  isWritten,
  error,
  note = '',
}: {
  value: string;
  onChange(event: { target: { value: string } }): void;
  isWritten: boolean;
  error: string | undefined;
  /** Beside the name of the field. */
  note?: string;
}) {
  const t = useTexts(texts);
  const { fault } = labelsOf(value, isWritten);
  const told = fault && (fault.isTwice ? t.twice : t.none)(fault.line);
  return (
    <Field label={`${t.labels}${note}`} help={t.help} error={told ?? error}>
      <textarea value={value} onChange={onChange} rows={3} spellCheck={false} />
    </Field>
  );
}
