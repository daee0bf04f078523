import { labelsOf } from '../core/labels.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Field } from './field.tsx';

const texts = defineTexts(
  {
    labels: 'Labels',
    help: 'One per line, such as floor=3. The wall can be filtered by labels.',
    none: (line: string) => `“${line}” is not in the form key=value`,
    twice: (line: string) => `“${line}”: this key is already used`,
  },
  {
    labels: 'Etiquetas',
    help: 'Una por línea, como planta=3. Las pantallas se pueden filtrar por etiquetas.',
    none: (line: string) => `«${line}» no tiene la forma clave=valor`,
    twice: (line: string) => `«${line}»: esta clave ya se usa`,
  },
);

/** `isWritten`: the user tried to save, so an incomplete line is a fault. */
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
  /** Shown next to the label. */
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
