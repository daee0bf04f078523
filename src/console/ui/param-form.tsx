import { type ReactElement, type ReactNode, useMemo, useState } from 'react';
import type { JsonObject } from '../../protocol/document.ts';
import { type Faults, faultsOf } from '../core/faults.ts';
import { type ParamField, paramFields, paramsOf } from '../core/param-fields.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Field } from './field.tsx';

const texts = defineTexts(
  {
    parameters: 'Parameters',
    optional: 'optional',
    json: 'JSON',
    noJson: 'This is not valid JSON',
    yes: 'Yes',
    no: 'No',
    unset: '—',
  },
  {
    parameters: 'Parámetros',
    optional: 'opcional',
    json: 'JSON',
    noJson: 'No es JSON válido',
    yes: 'Sí',
    no: 'No',
    unset: '—',
  },
);

export interface ParamForm {
  inputs: ReactNode;
  /** The part of the error that concerns no parameter. */
  rest: Faults['rest'];
  /** Undefined if an input is not valid JSON; the input shows it. */
  read(): JsonObject | undefined;
  /** Forgets what was entered. */
  clear(): void;
}

/**
 * The inputs for the parameters of a declared command, by its schema. The server validates them: `error` is what it
 * answered.
 */
export function useParamForm(schema: JsonObject | undefined, error: unknown): ParamForm {
  const t = useTexts(texts);
  const fields = useMemo(() => paramFields(schema), [schema]);
  const [entered, setEntered] = useState<Readonly<Record<string, string>>>({});
  const [wrong, setWrong] = useState<readonly string[]>([]);
  const faults = faultsOf(error, fields.map(pathOf));
  const textIn = ({ name, initial }: ParamField) => (Object.hasOwn(entered, name) ? entered[name] : initial) ?? '';
  return {
    inputs: fields.map((field) => (
      <Field
        key={field.name}
        label={field.label || t.parameters}
        help={[field.help, field.kind === 'json' && t.json, !field.isRequired && t.optional]
          .filter(Boolean)
          .join(' · ')}
        error={wrong.includes(field.name) ? t.noJson : faults.at(pathOf(field))}
      >
        {controlOf(field, t, textIn(field), (text) => setEntered({ ...entered, [field.name]: text }))}
      </Field>
    )),
    rest: faults.rest,
    read() {
      const { params, wrong } = paramsOf(
        fields,
        Object.fromEntries(fields.map((field) => [field.name, textIn(field)])),
      );
      setWrong(wrong);
      return wrong.length > 0 ? undefined : params;
    },
    clear() {
      setEntered({});
      setWrong([]);
    },
  };
}

const pathOf = ({ name }: ParamField) => (name === '' ? 'params' : `params.${name}`);

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
