/** Two short tones. Browsers play nothing until the user has clicked on the page. */
export function beep(): void {
  try {
    const audio = new AudioContext();
    [880, 660].forEach((frequency, i) => {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const at = audio.currentTime + i * 0.2;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.2, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.18);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.2);
      if (i === 1) tone.onended = () => void audio.close();
    });
  } catch {
    // Without a sound device there is no sound.
  }
}
