import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable, orUndone } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity } from '../protocol/admin.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import { normalGroup } from '../protocol/group-name.ts';
import { MAX_VIEWS, type NewView, type SavedView, type ViewEdit } from '../protocol/views.ts';

/** The groups of the token that last changed it; undefined: it was for the whole fleet. */
interface StoredView extends SavedView {
  groups?: readonly string[];
}

type Groups = Identity['groups'];

/**
 * The named views of the wall, for all users. Read from the database each time, where all instances write. A token with
 * groups sees those of tokens for its groups: names and filters tell of devices.
 */
export class SavedViews {
  readonly #store: StateStore;
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #changes = new PendingChanges<StoredView | undefined>();

  constructor(store: StateStore, clock: Pick<Clock, 'wall'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Ordered by name.
   * @throws VigiaError `unavailable`
   */
  async list(groups: Groups): Promise<SavedView[]> {
    const seen = (await this.#load()).filter((it) => sees(groups, it));
    return seen.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id)).map(shown);
  }

  /** @throws VigiaError `conflict` (a known name, or too many), `unavailable` */
  async create({ name, query }: NewView, by: Identity): Promise<SavedView> {
    const all = await this.#load();
    if (all.length >= MAX_VIEWS) {
      throw new VigiaError('conflict', `There are ${MAX_VIEWS} views already; remove some that are not needed.`);
    }
    checkName(name, all, by.groups);
    const at = this.#now();
    const id = `view-${randomBytes(8).toString('hex')}`;
    const view = { id, name, query, createdAt: at, createdBy: by.name, ...changedBy(by, at) };
    checkWritable(this.#store);
    this.#store.put('views', id, view);
    await orUndone(durable(this.#store), () => this.#store.put('views', id, undefined));
    return shown(view);
  }

  /**
   * Undefined if the token does not see it.
   * @throws VigiaError `conflict` (a known name), `unavailable`
   */
  async edit(id: string, edit: ViewEdit, by: Identity): Promise<SavedView | undefined> {
    const all = await this.#load();
    const known = all.find((it) => it.id === id && sees(by.groups, it));
    if (!known) return undefined;
    if (edit.name !== undefined) {
      checkName(
        edit.name,
        all.filter((it) => it !== known),
        by.groups,
      );
    }
    const { groups: _, ...view } = known;
    const edited = { ...view, ...edit, ...changedBy(by, this.#now()) };
    await this.#write(known, edited);
    return shown(edited);
  }

  /**
   * Undefined if the token does not see it.
   * @throws VigiaError `unavailable`
   */
  async remove(id: string, groups: Groups): Promise<SavedView | undefined> {
    const known = (await this.#load()).find((it) => it.id === id && sees(groups, it));
    if (!known) return undefined;
    await this.#write(known, undefined);
    return shown(known);
  }

  async #load(): Promise<StoredView[]> {
    const load = () => this.#store.load<StoredView>('views');
    return [...(await orUnavailable(load, 'The views cannot be read now.', () => {})).values()];
  }

  async #write(was: StoredView, view: StoredView | undefined): Promise<void> {
    const { id } = was;
    checkWritable(this.#store);
    this.#store.put('views', id, view);
    const change = { was, is: view, stored: durable(this.#store) };
    await this.#changes.settle(id, change, (previous) => this.#store.put('views', id, previous));
  }

  #now(): string {
    return new Date(this.#clock.wall()).toISOString();
  }
}

const changedBy = ({ name, groups }: Identity, at: string) => ({
  changedAt: at,
  changedBy: name,
  ...(groups && { groups }),
});

const sees = (groups: Groups, view: StoredView): boolean =>
  !groups || (view.groups?.every((it) => groups.includes(normalGroup(it))) ?? false);

/** Lists the fields explicitly: the groups are nobody else's business. */
const shown = ({ id, name, query, createdAt, createdBy, changedAt, changedBy }: StoredView): SavedView => ({
  id,
  name,
  query,
  createdAt,
  createdBy,
  changedAt,
  changedBy,
});

/** Only among those that the token sees: others must not become known by it. */
function checkName(name: string, others: readonly StoredView[], groups: Groups): void {
  const isTaken = others.some((it) => sees(groups, it) && it.name.toLowerCase() === name.toLowerCase());
  if (isTaken) throw new VigiaError('conflict', 'There is a view with this name already.');
}

const compare = (a: string, b: string) => a.localeCompare(b, undefined, { numeric: true });
