import { randomInt, randomUUID } from 'node:crypto';
import { addressBlock } from '../ports/address.ts';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable, orUndone } from '../ports/durable.ts';
import { TokenBuckets } from '../ports/rate.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Time } from '../protocol/document.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import { hash, newToken } from './tokens.ts';

/** What a player that has no token yet says about itself. It is not proven. */
export interface PairingInfo {
  name?: string | undefined;
  type?: string | undefined;
  appVersion?: string | undefined;
}

/** What the operator sees before approving it. */
export interface Pairing extends PairingInfo {
  code: string;
  address: string;
  startedAt: Time;
  expiresAt: Time;
}

interface Stored extends Pairing {
  /** The device that was created for it. */
  deviceId?: string;
  deliveredAt?: Time;
}

/** The instance that approves a pairing. Without a code: nobody finds it as a pairing. */
interface Claim extends Stored {
  by: string;
}

export interface StartedPairing {
  code: string;
  /** By which the player asks for its token. */
  secret: string;
  expiresAt: Time;
}

export type PairingProgress =
  | { status: 'waiting'; expiresAt: Time }
  | { status: 'paired'; deviceId: string; token: string };

interface Devices {
  provision(wanted: object): Promise<{ id: string; token: string }>;
  rotateToken(id: string): Promise<string>;
  remove(id: string): Promise<void>;
}

const COLLECTION = 'pairings';
/** Without vowels and what looks alike: no words, and no confusion of 0 and O. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ23456789';
const CODE_LENGTH = 6;
const VALID_MS = 15 * 60_000;
/** A player that did not get the answer with its token may ask again for this long. */
const REPEAT_MS = 60_000;
/** At once. A site may set up many players behind one address. */
const MAX_OPEN = 1000;
const MAX_OPEN_PER_ADDRESS = 100;
/** New codes, and questions, from one address block: per second, and as a burst. */
const START = [0.2, 60] as const;
const ASK = [50, 500] as const;
const MAX_BLOCKS = 10_000;

/**
 * Players that show a code and wait for a token of their own. They are read from the database each time, where all
 * instances write. Tokens are created when the player fetches them, so none is stored.
 */
export class Pairings {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #devices: Devices;
  readonly #starts: TokenBuckets;
  readonly #asks: TokenBuckets;
  /** Codes that are being approved here. */
  readonly #approving = new Set<string>();
  /** This instance, in its claims. It may try again what it has claimed. */
  readonly #me = randomUUID();

  constructor(store: StateStore, clock: Clock, devices: Devices) {
    this.#store = store;
    this.#clock = clock;
    this.#devices = devices;
    this.#starts = new TokenBuckets(clock, ...START, MAX_BLOCKS);
    this.#asks = new TokenBuckets(clock, ...ASK, MAX_BLOCKS);
  }

  /** @throws VigiaError `rate_limited`, `unavailable` */
  async start(address: string, info: PairingInfo): Promise<StartedPairing> {
    const block = addressBlock(address);
    if (!this.#starts.of(block).take()) throw tooMany();
    checkWritable(this.#store);
    const all = await this.#load();
    const open = all.filter(({ pairing }) => pairing.code !== '' && !this.#isOver(pairing));
    const here = open.filter(({ pairing }) => addressBlock(pairing.address) === block);
    if (here.length >= MAX_OPEN_PER_ADDRESS) throw tooMany();
    if (open.length >= MAX_OPEN) this.#store.put(COLLECTION, oldestOfMost(open).key, undefined);
    for (const { key, pairing } of all) if (this.#isOver(pairing)) this.#store.put(COLLECTION, key, undefined);
    const taken = new Set(open.map(({ pairing }) => pairing.code));
    let code = newCode();
    while (taken.has(code)) code = newCode();
    const secret = newToken('vc_');
    const now = this.#clock.wall();
    const expiresAt = timeOf(now + VALID_MS);
    const pairing: Stored = { ...info, code, address, startedAt: timeOf(now), expiresAt };
    this.#store.put(COLLECTION, hash(secret), pairing);
    await orUndone(durable(this.#store), () => this.#store.put(COLLECTION, hash(secret), undefined));
    return { code: shownCode(code), secret, expiresAt };
  }

  /**
   * The player with this code; undefined if there is none, or it has a device already.
   * @throws VigiaError `unavailable`
   */
  async find(code: string): Promise<Pairing | undefined> {
    const found = await this.#find(code);
    if (!found) return undefined;
    const { deviceId: _, deliveredAt: __, ...pairing } = found.pairing;
    return { ...pairing, code: shownCode(pairing.code) };
  }

  /**
   * Creates a device for the player with this code, which then fetches its token. Undefined if there is no such player.
   * @throws VigiaError `conflict` if the id is taken; `fleet_full`, `unavailable`
   */
  async approve(code: string, wanted: object): Promise<{ deviceId: string } | undefined> {
    checkWritable(this.#store);
    const found = await this.#find(code);
    if (!found || this.#approving.has(found.key)) return undefined;
    const { key, pairing } = found;
    this.#approving.add(key);
    try {
      if (!(await this.#claim(key, pairing))) return undefined;
      const { id: deviceId } = await orUndone(this.#devices.provision(wanted), () => this.#release(key));
      // It has time to fetch its token, even if it was approved in the last second.
      const expiresAt = timeOf(this.#clock.wall() + VALID_MS);
      this.#store.put(COLLECTION, key, { ...pairing, deviceId, expiresAt });
      await orUndone(durable(this.#store), async () => {
        this.#store.put(COLLECTION, key, pairing);
        await this.#devices.remove(deviceId);
        await this.#release(key);
      });
      return { deviceId };
    } finally {
      this.#approving.delete(key);
    }
  }

  /** False if another instance was faster: the database keeps the first claim. */
  async #claim(key: string, pairing: Stored): Promise<boolean> {
    const claim: Claim = { ...pairing, code: '', by: this.#me };
    this.#store.put(COLLECTION, claimOf(key), claim);
    await durable(this.#store);
    const find = () => this.#store.find<Claim>(COLLECTION, claimOf(key));
    const [first] = await orUnavailable(find, 'Pairings cannot be read now.', () => {});
    return first?.by === this.#me;
  }

  /** At once, so that the code can be tried again at another instance. */
  #release(key: string): Promise<void> {
    this.#store.put(COLLECTION, claimOf(key), undefined);
    return this.#store.committed().catch(() => {});
  }

  /**
   * Undefined if the secret is unknown or over.
   * @throws VigiaError `rate_limited`, `unavailable`
   */
  async ask(address: string, secret: string): Promise<PairingProgress | undefined> {
    if (!this.#asks.of(addressBlock(address)).take()) throw tooMany();
    const key = hash(secret);
    const [pairing] = await orUnavailable(
      () => this.#store.find<Stored>(COLLECTION, key),
      'Pairings cannot be read now.',
      () => {},
    );
    if (!pairing || this.#isOver(pairing)) return undefined;
    const { deviceId, expiresAt } = pairing;
    if (deviceId === undefined) return { status: 'waiting', expiresAt };
    const token = await this.#devices.rotateToken(deviceId);
    const deliveredAt = pairing.deliveredAt ?? timeOf(this.#clock.wall());
    this.#store.put(COLLECTION, key, { ...pairing, deliveredAt });
    // The token is stored, and the one before it is invalid: the player must get it, even if this note cannot be stored now.
    await this.#store.committed().catch(() => {});
    return { status: 'paired', deviceId, token };
  }

  async #find(code: string): Promise<{ key: string; pairing: Stored } | undefined> {
    const wanted = code.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
    const all = await this.#load();
    return all.find(
      ({ pairing }) => pairing.code === wanted && pairing.deviceId === undefined && !this.#isOver(pairing),
    );
  }

  async #load(): Promise<{ key: string; pairing: Stored }[]> {
    const load = () => this.#store.load<Stored>(COLLECTION);
    const records = await orUnavailable(load, 'Pairings cannot be read now.', () => {});
    return [...records].map(([key, pairing]) => ({ key, pairing }));
  }

  #isOver({ expiresAt, deliveredAt }: Stored): boolean {
    const now = this.#clock.wall();
    return Date.parse(expiresAt) <= now || (deliveredAt !== undefined && Date.parse(deliveredAt) + REPEAT_MS <= now);
  }
}

/** The oldest one of the site that has most, so that one stranger with many addresses takes no place of others. */
function oldestOfMost<T extends { pairing: Stored }>(open: readonly T[]): T {
  const sites = new Map<string, T[]>();
  for (const it of open) {
    const site = siteOf(it.pairing.address);
    const others = sites.get(site);
    if (others) others.push(it);
    else sites.set(site, [it]);
  }
  const most = [...sites.values()].reduce((a, b) => (b.length > a.length ? b : a));
  return most.reduce((a, b) => (b.pairing.startedAt < a.pairing.startedAt ? b : a));
}

/** A /48 of IPv6 is what one customer of a data centre may have. */
const siteOf = (address: string) => addressBlock(address).split(':').slice(0, 3).join(':');

const claimOf = (key: string) => `${key}.claim`;
const newCode = () => Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
const shownCode = (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`;
const timeOf = (ms: number): Time => new Date(ms).toISOString();
const tooMany = () => new VigiaError('rate_limited', 'Too many players ask for a code; try again later.');
