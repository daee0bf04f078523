import { useEffect, useMemo, useRef, useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { decodeText, type Fault, type ListedDevice, readDeviceList } from '../../core/device-list.ts';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import formStyles from '../../ui/form.module.css';
import { GroupField } from '../../ui/group-field.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './enrol.module.css';
import { texts } from './texts.ts';

/** The list, and what would become of each line. */
export function ListForm({ create }: { create(devices: readonly ListedDevice[]): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { fleet } = useSession();
  // Renders again when devices come and go.
  useCensus();
  const list = useRef<HTMLTextAreaElement>(null);
  useEffect(() => list.current?.focus(), []);
  const [text, setText] = useState('');
  const [group, setGroup] = useState('');
  const listed = useMemo(() => readDeviceList(text), [text]);
  const isKnown = (it: ListedDevice) => fleet.devices.has(it.id);
  const fresh = listed.filter((it) => !it.fault && !isKnown(it));
  const faulty = listed.filter((it) => it.fault).length;
  const counts = [fresh.length, listed.length - fresh.length - faulty, faulty].map(format.number);

  const open = async (file: File | undefined) => {
    if (file) setText(decodeText(await file.arrayBuffer()));
  };

  return (
    <>
      <Section title={t.list}>
        <form
          className={formStyles.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (fresh.length > 0) create(fresh.map((it) => (it.group ? it : { ...it, group: group.trim() })));
          }}
        >
          <Field label={t.list} help={t.listHelp}>
            <textarea
              ref={list}
              className={styles.list}
              rows={8}
              value={text}
              placeholder={t.example}
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                const [file] = event.dataTransfer.files;
                if (!file) return;
                event.preventDefault();
                void open(file);
              }}
            />
          </Field>
          <div className={formStyles.fields}>
            <Field label={t.file}>
              <input
                type="file"
                accept=".csv,.tsv,.txt,text/csv,text/plain"
                onChange={(event) => void open(event.target.files?.[0])}
              />
            </Field>
            <GroupField
              label={`${t.group} (${t.optional})`}
              value={group}
              onChange={(event) => setGroup(event.target.value)}
            />
          </div>
          <div>
            <Button kind="primary" type="submit" disabled={fresh.length === 0}>
              {t.create(format.number(fresh.length))}
            </Button>
          </div>
        </form>
      </Section>
      <Section title={t.preview}>
        {listed.length === 0 ? (
          <p className="muted">{t.nothing}</p>
        ) : (
          <>
            <p role="status" className={styles.counts}>
              {t.counts(counts[0] ?? '', counts[1] ?? '', counts[2] ?? '')}
              {fresh.length < listed.length && `. ${t.skipped}`}
            </p>
            <Table
              caption={t.preview}
              rows={[...listed].sort((a, b) => Number(!a.fault) - Number(!b.fault) || a.line - b.line)}
              keyOf={({ line }) => line}
              columns={[
                { title: t.line, align: 'end', cell: ({ line }) => line },
                { title: t.id, cell: ({ id }) => id || <span className="muted">{t.generated}</span> },
                { title: t.name, cell: ({ name }) => name },
                { title: t.groupColumn, cell: (it) => it.group || <span className="muted">{group}</span> },
                {
                  title: t.labels,
                  cell: ({ labels }) =>
                    Object.entries(labels)
                      .map(([key, value]) => `${key}=${value}`)
                      .join(', '),
                },
                { title: t.result, cell: (it) => <Result device={it} isKnown={isKnown(it)} /> },
              ]}
            />
          </>
        )}
      </Section>
    </>
  );
}

function Result({ device: { fault }, isKnown }: { device: ListedDevice; isKnown: boolean }) {
  const t = useTexts(texts);
  if (fault) return <span className={styles.fault}>{faultText(t, fault)}</span>;
  return isKnown ? <Badge tone="muted">{t.exists}</Badge> : <Badge tone="good">{t.fresh}</Badge>;
}

function faultText(t: ReturnType<typeof useTexts<typeof texts.en>>, fault: Fault): string {
  switch (fault.code) {
    case 'twice':
      return t.faultTwice(fault.first);
    case 'tooMany':
      return t.faultTooMany(fault.most);
    case 'id':
      return t.faultId;
    case 'name':
      return t.faultName;
    case 'group':
      return t.faultGroup;
    case 'labels':
      return t.faultLabels;
    case 'cells':
      return t.faultCells;
    case 'empty':
      return t.faultEmpty;
  }
}
