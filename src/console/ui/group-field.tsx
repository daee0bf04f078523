import { type ComponentProps, useId } from 'react';
import { useCensus } from '../core/session.tsx';
import { Field } from './field.tsx';

/** The group of a device: any name, those that there are proposed. */
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
