import { type FormEvent, type ReactElement, useMemo, useState } from 'react';
import type { DeclaredCommand } from '../../../protocol/declared-commands.ts';
import { faultsOf } from '../../core/faults.ts';
import { type ParamField, paramFields, paramsOf } from '../../core/param-fields.ts';
import { useSend } from '../../core/send.ts';
import { defineTexts, useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { ErrorNote } from '../../ui/page.tsx';

const texts = defineTexts(
  {
    parameters: 'Parameters',
    optional: 'optional',
    json: 'JSON',
    noJson: 'This is not valid JSON',
    yes: 'Yes',
    no: 'No',
    unset: '—',
    cancel: 'Cancel',
    send: 'Send',
  },
  {
    parameters: 'Parámetros',
    optional: 'opcional',
    json: 'JSON',
    noJson: 'No es JSON válido',
    yes: 'Sí',
    no: 'No',
    unset: '—',
    cancel: 'Cancelar',
    send: 'Enviar',
  },
);

interface CommandFormProps {
  device: { id: string; name: string };
  /** Undefined closes the form. */
  command: DeclaredCommand | undefined;
  onClose(): void;
}

/** A form for the parameters of a declared command, by its schema. The server validates them. */
export function CommandForm({ device, command, onClose }: CommandFormProps) {
  return (
    <Dialog open={command !== undefined} onClose={onClose} title={command?.title ?? command?.name ?? ''}>
      {command && <Form device={device} command={command} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ device, command, onClose }: CommandFormProps & { command: DeclaredCommand }) {
  const t = useTexts(texts);
  const send = useSend();
  const fields = useMemo(() => paramFields(command.params), [command]);
  const [entered, setEntered] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map(({ name, initial }) => [name, initial])),
  );
  const [wrong, setWrong] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const pathOf = ({ name }: ParamField) => (name === '' ? 'params' : `params.${name}`);
  const faults = faultsOf(error, fields.map(pathOf));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const { params, wrong } = paramsOf(fields, entered);
    setWrong(wrong);
    setError(undefined);
    if (wrong.length > 0 || isSending) return;
    setSending(true);
    const refused = await send(device, command.name, { params, accepted: onClose });
    setSending(false);
    if (refused) setError(refused);
  }

  return (
    <form className={form.form} onSubmit={(event) => void submit(event)}>
      {command.description && <p className="muted">{command.description}</p>}
      {fields.map((field) => (
        <Field
          key={field.name}
          label={field.label || t.parameters}
          help={[field.help, field.kind === 'json' && t.json, !field.isRequired && t.optional]
            .filter(Boolean)
            .join(' · ')}
          error={wrong.includes(field.name) ? t.noJson : faults.at(pathOf(field))}
        >
          {controlOf(field, t, entered[field.name] ?? '', (text) => setEntered({ ...entered, [field.name]: text }))}
        </Field>
      ))}
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.send}
        </Button>
      </div>
    </form>
  );
}

function controlOf(
  { kind, isRequired, choices, minimum, maximum, isWhole }: ParamField,
  t: { yes: string; no: string; unset: string },
  value: string,
  set: (text: string) => void,
): ReactElement<{ id?: string }> {
  const common = {
    value,
    required: isRequired,
    onChange: (event: { target: { value: string } }) => set(event.target.value),
  };
  if (kind === 'json') return <textarea {...common} rows={3} spellCheck={false} />;
  if (kind === 'text') return <input {...common} />;
  if (kind === 'number')
    return <input {...common} type="number" min={minimum} max={maximum} step={isWhole ? 1 : 'any'} />;
  const options = kind === 'flag' ? [true, false] : choices;
  return (
    <select {...common}>
      <option value="">{t.unset}</option>
      {options.map((it) => (
        <option key={JSON.stringify(it)} value={JSON.stringify(it)}>
          {kind === 'flag' ? (it ? t.yes : t.no) : typeof it === 'string' ? it : JSON.stringify(it)}
        </option>
      ))}
    </select>
  );
}
