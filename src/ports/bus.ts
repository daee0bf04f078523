/** Messages between the instances of a cluster. They come in order or get lost; who must know counts them. */
export interface Bus {
  /** To one instance. */
  tell(instance: string, message: object): void;
  /** What others (and this instance) published: see `Registry.write`. */
  onNews(listener: (news: Buffer) => void): void;
  /** What was told to this instance. */
  onMessage(listener: (message: unknown) => void): void;
  /** It can be heard again, after a loss: something may have been missed. */
  onBack(listener: () => void): void;
}
