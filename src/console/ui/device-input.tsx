import { type ComponentProps, useDeferredValue, useId, useMemo } from 'react';
import type { Fleet } from '../core/fleet.ts';
import { useSession } from '../core/session.tsx';

const MAX_SUGGESTIONS = 30;

/** The id for an input: an id, or a name that is unique. Unknown inputs are returned unchanged. */
export function deviceIdOf({ devices }: Fleet, typed: string): string {
  const given = typed.trim();
  if (given === '' || devices.has(given)) return given;
  const name = given.toLowerCase();
  const matches: string[] = [];
  for (const { document } of devices.values()) if (document.name?.toLowerCase() === name) matches.push(document.id);
  return matches.length === 1 ? (matches[0] as string) : given;
}

/** An input for a device's id or name, with suggestions. */
export function DeviceInput({
  value,
  onChange,
  ...rest
}: Omit<ComponentProps<'input'>, 'value' | 'onChange'> & { value: string; onChange(id: string): void }) {
  const { fleet } = useSession();
  const listId = useId();
  const typed = useDeferredValue(value.toLowerCase());
  const suggestions = useMemo(() => {
    const found: { id: string; name: string }[] = [];
    for (const { document } of fleet.devices.values()) {
      if (!`${document.id}\n${document.name ?? ''}`.toLowerCase().includes(typed)) continue;
      found.push({ id: document.id, name: document.name ?? '' });
      if (found.length === MAX_SUGGESTIONS) break;
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
        {suggestions.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
