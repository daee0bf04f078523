/** Of the playlist. A picture is shown for its `seconds`; an item without them is a video, played to its end. */
export interface Item {
  file: string;
  seconds?: number;
}

/** A file that cannot be played is skipped after this time. */
const BROKEN_MS = 3000;
/** Of screenshots: width or height at most, in pixels. The server takes 5 MB. */
const PICTURE_SIZE = 1920;

/** Plays the items in turn, for ever. `changed` is called when something else plays. */
export function openScreen(stage: HTMLElement, items: readonly Item[], changed: () => void) {
  let status: 'playing' | 'paused' | 'stopped' = 'stopped';
  let index = 0;
  let media: HTMLImageElement | HTMLVideoElement | undefined;
  let isBroken = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** How long the picture has been shown until it was paused last, and when it went on. */
  let shownMs = 0;
  let since = 0;

  const item = () => items[index] as Item;
  const time = () => {
    if (media instanceof HTMLVideoElement) return media.currentTime;
    return (shownMs + (status === 'playing' ? performance.now() - since : 0)) / 1000;
  };

  function show(next: number): void {
    clearTimeout(timer);
    index = next % items.length;
    shownMs = 0;
    isBroken = false;
    const shown = document.createElement(item().seconds ? 'img' : 'video');
    if (shown instanceof HTMLVideoElement) {
      // Browsers start no video with sound by themselves, unless they run as a kiosk that allows it.
      shown.muted = true;
      shown.onended = () => play(index + 1);
    }
    shown.onerror = () => {
      if (shown !== media) return;
      isBroken = true;
      clearTimeout(timer);
      if (status === 'playing') goOn();
      changed();
    };
    shown.src = item().file;
    media = shown;
    stage.replaceChildren(shown);
  }

  function resume(): void {
    if (status === 'playing') return;
    if (!media) show(index);
    status = 'playing';
    since = performance.now();
    goOn();
    changed();
  }

  /** Until the next item is due. */
  function goOn(): void {
    const { seconds } = item();
    if (isBroken) timer = setTimeout(() => play(index + 1), BROKEN_MS);
    // A video that cannot be played says so by `onerror`.
    else if (media instanceof HTMLVideoElement) media.play().catch(() => {});
    else if (seconds) timer = setTimeout(() => play(index + 1), seconds * 1000 - shownMs);
  }

  function play(next: number): void {
    status = 'paused';
    show(next);
    resume();
  }

  return {
    resume,
    next: () => play(index + 1),
    /** @throws Error if the playlist does not have it */
    playFile(file: string): void {
      const found = items.findIndex((it) => it.file === file);
      if (found < 0) throw new Error(`${file} is not in the playlist.`);
      play(found);
    },
    togglePause(): void {
      if (status !== 'playing') {
        resume();
        return;
      }
      if (media instanceof HTMLVideoElement) media.pause();
      clearTimeout(timer);
      shownMs = time() * 1000;
      status = 'paused';
      changed();
    },
    stop(): void {
      clearTimeout(timer);
      stage.replaceChildren();
      media = undefined;
      index = 0;
      status = 'stopped';
      changed();
    },
    /** The sections that the server understands. */
    state: () => ({
      vlc: {
        state: status,
        item: media && !isBroken ? item().file : null,
        time: media ? time() : 0,
        length: media instanceof HTMLVideoElement ? media.duration || 0 : (item().seconds ?? 0),
        fullscreen: matchMedia('(display-mode: fullscreen)').matches,
      },
      activePlaylist: { name: 'playlist.json', currentIndex: index },
    }),
    /** What is shown now, as JPEG. */
    async snapshot(): Promise<Uint8Array> {
      const [width, height] =
        media instanceof HTMLVideoElement
          ? [media.videoWidth, media.videoHeight]
          : [media?.naturalWidth, media?.naturalHeight];
      if (!media || !width || !height) throw new Error('There is no picture on the screen.');
      const scale = Math.min(1, PICTURE_SIZE / Math.max(width, height));
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.getContext('2d')?.drawImage(media, 0, 0, canvas.width, canvas.height);
      const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8));
      if (!picture) throw new Error('The browser made no picture.');
      return new Uint8Array(await picture.arrayBuffer());
    },
  };
}
