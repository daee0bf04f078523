import { type ComponentProps, useDeferredValue, useId, useMemo } from 'react';
import { useSession } from '../core/session.tsx';

const SUGGESTED = 30;

/** The id of a device, with those that fit what is typed. */
export function DeviceInput({
  value,
  onChange,
  ...rest
}: Omit<ComponentProps<'input'>, 'value' | 'onChange'> & { value: string; onChange(id: string): void }) {
  const { fleet } = useSession();
  const listId = useId();
  const typed = useDeferredValue(value.toLowerCase());
  const fitting = useMemo(() => {
    const found: { id: string; name: string }[] = [];
    for (const { document } of fleet.devices.values()) {
      if (!`${document.id}\n${document.name ?? ''}`.toLowerCase().includes(typed)) continue;
      found.push({ id: document.id, name: document.name ?? '' });
      if (found.length === SUGGESTED) break;
    }
    return found;
  }, [fleet, typed]);
  return (
    <>
      <input
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...rest}
        list={listId}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={listId}>
        {fitting.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
