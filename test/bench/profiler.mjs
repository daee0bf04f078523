import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Preloaded into a target: profiles its main thread from `profile: begin` to `profile: end FILE`, and writes the file.
 */
const SAMPLE_MICROS = 500;
const session = new Session();

process.on('message', async (message) => {
  if (message === 'profile: begin') {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
    await session.post('Profiler.start');
    process.send({ profiles: true });
  } else if (typeof message === 'string' && message.startsWith('profile: end ')) {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    writeFileSync(message.slice('profile: end '.length), JSON.stringify(profile));
    process.send({ profiles: false });
  }
});
