import { type ReactNode, useMemo, useState } from 'react';
import { screenStatuses, screenStatusTexts, toneOf } from '../../core/screen-status.ts';
import { SessionProvider, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Badge, Dot } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Copyable, CopyableBlock } from '../../ui/copy.tsx';
import { Dialog, useConfirm } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon, iconNames } from '../../ui/icon.tsx';
import { Empty, ErrorNote, Loading, More, Page, Section, Stale } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Ago, For } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Card } from '../wall/card.tsx';
import { Tile } from '../wall/tile.tsx';
import styles from './components.module.css';
import { sampleFleet } from './samples.ts';

const colours = {
  surfaces: ['ground', 'surface', 'raised', 'sunken', 'hover'],
  lines: ['line', 'line-strong'],
  texts: ['text', 'muted', 'accent', 'good', 'wait', 'bad'],
  soft: ['accent-soft', 'good-soft', 'wait-soft', 'bad-soft'],
};
const spaces = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
const sizes = ['xs', 's', 'm', 'l', 'xl', '2xl', '3xl'];
const kinds = ['plain', 'primary', 'danger', 'quiet'] as const;
const tones = ['good', 'wait', 'bad', 'muted'] as const;

/** Each component in each of its states. For who works on the console; it is not in the navigation. */
export default function Components() {
  return (
    <Page title="Components">
      <Part title="Colours">
        {Object.values(colours)
          .flat()
          .map((name) => (
            <figure key={name} className={styles.colour}>
              <span style={{ background: `var(--${name})` }} />
              <figcaption>{name}</figcaption>
            </figure>
          ))}
      </Part>
      <Part title="Spaces and sizes of text">
        {spaces.map((name) => (
          <span key={name} className={styles.space} style={{ gap: `var(--space-${name})` }}>
            <span>space-{name}</span>
            <span aria-hidden="true" />
          </span>
        ))}
        {sizes.map((name) => (
          <span key={name} style={{ fontSize: `var(--text-${name})` }}>
            text-{name}
          </span>
        ))}
      </Part>
      <Part title="Text">
        <div className={styles.column}>
          <h1>Heading of a page</h1>
          <h2>Heading of a section</h2>
          <h3>Heading of a part</h3>
          <p>
            Text, <span className="muted">muted text</span>, <a href="#list">a link to the content</a>,{' '}
            <code>code</code>, <span className="number">1,234</span>, <small>small text</small>
          </p>
        </div>
      </Part>
      <Part title="Buttons">
        {kinds.map((kind) => (
          <Button key={kind} kind={kind}>
            {kind}
          </Button>
        ))}
        {kinds.map((kind) => (
          <Button key={kind} kind={kind} disabled>
            {kind}, disabled
          </Button>
        ))}
        <Button>
          <Icon name="plus" /> With an icon
        </Button>
        <Button aria-label="Icon alone">
          <Icon name="copy" />
        </Button>
        <Button aria-pressed>Pressed</Button>
      </Part>
      <Part title="Icons">
        {iconNames.map((name) => (
          <span key={name} className={styles.icon}>
            <Icon name={name} />
            <small>{name}</small>
          </span>
        ))}
      </Part>
      <Part title="Status">
        {tones.map((tone) => (
          <Badge key={tone} tone={tone}>
            {tone}
          </Badge>
        ))}
        {tones.map((tone) => (
          <span key={tone}>
            <Dot tone={tone} /> {tone}
          </span>
        ))}
        <span>
          <Ago at={Date.now()} />
        </span>
        <span>
          <Ago at={Date.now() - 7_500_000} />
        </span>
        <span>
          <For since={new Date(Date.now() - 95_000).toISOString()} />
        </span>
      </Part>
      <Screens />
      <Fields />
      <Part title="Copying">
        <div className={styles.column}>
          <Copyable text="a-token-that-is-shown-once" of="the token" />
          <CopyableBlock text={'first line\nsecond line'} of="the configuration" />
        </div>
      </Part>
      <Part title="Results">
        <div className={styles.column}>
          <Loading />
          <Empty title="No devices match">Change the filter.</Empty>
          <ErrorNote error={new Error('The server answered with an error.')} retry={() => {}} />
          <Stale is>Content that is loaded again</Stale>
          <More pages={{ hasMore: true, loading: false, more: () => {} }} />
          <More pages={{ hasMore: true, loading: true, more: () => {} }} />
        </div>
      </Part>
      <Tables />
      <Messages />
    </Page>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Section title={title}>
      <div className={styles.part}>{children}</div>
    </Section>
  );
}

function Screens() {
  const session = useSession();
  const names = useTexts(screenStatusTexts);
  const fleet = useMemo(() => sampleFleet(screenStatuses), []);
  const ids = [...fleet.devices.keys()];
  return (
    <SessionProvider session={{ ...session, fleet }}>
      <Part title="Screens">
        {screenStatuses.map((it) => (
          <span key={it}>
            <Dot tone={toneOf[it]} /> {names[it]}
          </span>
        ))}
      </Part>
      <Section title="Cards">
        <ul className={styles.cards}>
          {ids.map((id) => (
            <li key={id}>
              <Card id={id} isCurrent={false} isGrouped={false} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Tiles">
        <ul className={styles.tiles}>
          {ids.map((id) => (
            <li key={id}>
              <Tile id={id} isCurrent={false} isGrouped={false} />
            </li>
          ))}
        </ul>
      </Section>
    </SessionProvider>
  );
}

function Fields() {
  const [text, setText] = useState('A value');
  return (
    <Section title="Fields">
      <div className={styles.fields}>
        <Field label="Text" help="What it is for">
          <input value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <Field label="Empty">
          <input placeholder="A placeholder" />
        </Field>
        <Field label="With a fault" error="The value is too long.">
          <input defaultValue="A value" />
        </Field>
        <Field label="Disabled">
          <input disabled defaultValue="A value" />
        </Field>
        <Field label="Choice">
          <select>
            <option>First</option>
            <option>Second</option>
          </select>
        </Field>
        <Field label="Time">
          <input type="datetime-local" />
        </Field>
        <Field label="Several lines">
          <textarea rows={3} defaultValue={'First line\nSecond line'} />
        </Field>
        <label>
          <input type="checkbox" defaultChecked /> A checkbox
        </label>
      </div>
    </Section>
  );
}

function Tables() {
  const [tab, setTab] = useState<'few' | 'many'>('few');
  const rows = [
    { name: 'Lobby 1', plays: 'Autumn looks, part 2.mp4', commands: 3 },
    { name: 'Canteen', plays: 'Menu of the week.mp4', commands: 1200 },
  ];
  return (
    <Section title="Table and tabs">
      <Tabs<'few' | 'many'>
        label="Tabs"
        tabs={[
          { key: 'few', title: 'Table' },
          { key: 'many', title: 'Nothing' },
        ]}
        value={tab}
        onChange={setTab}
      >
        {tab === 'few' ? (
          <Table
            caption="Sample devices"
            keyOf={(it) => it.name}
            rows={rows}
            columns={[
              { title: 'Device', cell: (it) => it.name },
              { title: 'Plays', cell: (it) => it.plays },
              { title: 'Commands', cell: (it) => it.commands, align: 'end' },
            ]}
          />
        ) : (
          <Empty title="Nothing yet" />
        )}
      </Tabs>
    </Section>
  );
}

function Messages() {
  const toast = useToast();
  const confirm = useConfirm();
  const [isOpen, setOpen] = useState(false);
  return (
    <Part title="Messages">
      <Button onClick={() => toast('Saved')}>Success</Button>
      <Button onClick={() => toast('Sent, not confirmed yet', 'wait', 'The screen answers within 30 seconds.')}>
        Waiting
      </Button>
      <Button onClick={() => toast('Not sent', 'bad', 'The screen is offline.')}>Failure</Button>
      <Button onClick={() => setOpen(true)}>Dialog</Button>
      <Button
        onClick={() =>
          void confirm({ title: 'Remove the device?', text: 'Its history goes, too.', action: 'Remove', danger: true })
        }
      >
        Question
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title="A dialog">
        <p>Some text.</p>
        <Button kind="primary" onClick={() => setOpen(false)}>
          Done
        </Button>
      </Dialog>
    </Part>
  );
}
