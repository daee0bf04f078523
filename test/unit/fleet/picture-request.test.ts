import { expect, it } from 'vitest';
import { PictureRequest } from '../../../src/fleet/picture-request.ts';
import type { Snapshot } from '../../../src/protocol/snapshot.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function fixture() {
  const clock = simulatedClock();
  const request = new PictureRequest(clock);
  let asked = 0;
  const arrive = () => request.arrived({ takenAt: new Date(clock.now()).toISOString() } as Snapshot);
  /** The time until the request fails, and the error. */
  async function refusal(isUnlikely = false): Promise<[ms: number, message: string]> {
    const begun = clock.now();
    let ended: [number, string] | undefined;
    request
      .wait(() => asked++, isUnlikely)
      .catch(({ message }) => {
        ended = [clock.now() - begun, message];
      });
    await clock.advance(20_000);
    return ended as [number, string];
  }
  return { request, arrive, refusal, clock, asked: () => asked };
}

it('P10 a player that never sent a screenshot, and did not send a requested one, is waited for 1 s from then on', async () => {
  const { refusal, request, asked } = fixture();
  expect(await refusal()).toEqual([15_000, 'The device sent no picture within 15 s.']);
  expect(await refusal()).toEqual([1000, expect.stringContaining('vlc:snapshot')]);
  // It may be another program that comes back.
  request.deviceLeft();
  expect(await refusal()).toEqual([15_000, expect.any(String)]);
  expect(asked()).toBe(3);
});

it('P10 so is a fielded player, from the start', async () => {
  const { refusal } = fixture();
  expect(await refusal(true)).toEqual([1000, expect.stringContaining('vlc:snapshot')]);
});

it.each(['a screenshot', 'a broken one'])('P10 one that has sent %s has the full time', async (what) => {
  const { refusal, request, arrive, clock } = fixture();
  await refusal(true);
  if (what === 'a screenshot') arrive();
  else request.failed(new Error() as never, clock.now());
  expect(await refusal(true)).toEqual([15_000, expect.any(String)]);
});

it('P10 a fielded player that does send one after all gets the full time', async () => {
  const { request, arrive, clock } = fixture();
  const waiting = request.wait(() => {}, true);
  await clock.advance(500);
  arrive();
  expect(await waiting).toMatchObject({ takenAt: expect.any(String) });
});
