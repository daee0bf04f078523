import { type ComponentProps, useId } from 'react';
import { useCensus } from '../core/session.tsx';
import { Field } from './field.tsx';

/** An input for a group: any name, with the existing ones suggested. */
export function GroupField({
  label,
  error,
  ...input
}: { label: string; error?: string | undefined } & Pick<ComponentProps<'input'>, 'value' | 'onChange'>) {
  const { groups } = useCensus();
  const groupsId = useId();
  return (
    <>
      <Field label={label} error={error}>
        <input {...input} maxLength={256} list={groupsId} autoComplete="off" />
      </Field>
      <datalist id={groupsId}>
        {groups.map(([name]) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
