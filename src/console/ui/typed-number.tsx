import { Field } from './field.tsx';

/** To turn off more screens than this, the user must type their number. */
const MANY = 10;

export const isToType = (count: number) => count > MANY;

export function TypedNumber({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  return (
    <Field label={label}>
      <input value={value} onChange={(event) => onChange(event.target.value)} inputMode="numeric" autoComplete="off" />
    </Field>
  );
}
