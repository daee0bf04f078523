import { useState } from 'react';
import type { Policy } from '../../../protocol/alerts.ts';
import { useLoad } from '../../core/load.ts';
import { useMay, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { useConfirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ErrorNote, Loading, Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './alerts.module.css';
import { builtIn, draftOf, pathOf, policyOf, type Scope } from './policy.ts';
import { PolicyForm } from './policy-form.tsx';
import { policyTexts } from './policy-texts.ts';
import { useWhose } from './words.ts';

/** Edits a policy; loads it with those that it inherits from. */
export function EditPolicy({ scope, onClose }: { scope: Scope; onClose(): void }) {
  const t = useTexts(policyTexts);
  const whose = useWhose()(scope);
  const { rest, fleet } = useSession();
  const loaded = useLoad(async (signal) => {
    const read = (it: Scope) => rest.get<Policy>(pathOf(it), {}, signal);
    const group = scope.startsWith('device:') && fleet.devices.get(scope.slice('device:'.length))?.document.group;
    const [own, general, ofGroup] = await Promise.all([
      read(scope),
      scope === 'default' ? {} : read('default'),
      group ? read(`group:${group}`) : {},
    ]);
    return { own, inherited: { ...builtIn, ...general, ...ofGroup } };
  }, scope);
  return (
    <Section
      title={t.title(whose)}
      tools={
        <Button kind="quiet" onClick={onClose}>
          <Icon name="back" /> {t.back}
        </Button>
      }
    >
      {loaded.data && !loaded.isStale ? (
        <Editor scope={scope} whose={whose} {...loaded.data} onClose={onClose} />
      ) : loaded.error ? (
        <ErrorNote error={loaded.error} retry={loaded.reload} />
      ) : (
        <Loading />
      )}
    </Section>
  );
}

function Editor({
  scope,
  whose,
  own,
  inherited,
  onClose,
}: {
  scope: Scope;
  whose: string;
  own: Policy;
  inherited: Policy;
  onClose(): void;
}) {
  const t = useTexts(policyTexts);
  const { rest } = useSession();
  const mayEdit = useMay('admin');
  const confirm = useConfirm();
  const toast = useToast();
  const zone = useZone();
  const [draft, setDraft] = useState(() => draftOf(own, zone));
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);

  async function attempt(work: () => Promise<unknown>, done: string): Promise<void> {
    setSending(true);
    setError(undefined);
    try {
      await work();
      toast(done);
      onClose();
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  async function remove(): Promise<void> {
    const question = { title: t.removeAsk(whose), text: t.removeText, action: t.remove, danger: true };
    if (await confirm(question)) await attempt(() => rest.delete(pathOf(scope)), t.removed);
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(() => rest.put(pathOf(scope), policyOf(draft, zone)), t.saved);
      }}
    >
      {!mayEdit && <p className={styles.why}>{t.readOnly}</p>}
      <fieldset disabled={!mayEdit} className={styles.form}>
        <PolicyForm draft={draft} change={setDraft} inherited={inherited} error={error} />
        {mayEdit && (
          <div className={styles.buttons}>
            <Button kind="primary" type="submit" disabled={isSending}>
              {t.save}
            </Button>
            {Object.keys(own).length > 0 && (
              <Button kind="danger" disabled={isSending} onClick={() => void remove()}>
                {t.remove}
              </Button>
            )}
          </div>
        )}
      </fieldset>
    </form>
  );
}
