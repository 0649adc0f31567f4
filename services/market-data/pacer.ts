/** Decides when the playback goes on. */
export interface Pacer {
  start(): void;
  /** The bus is back: sends the current instant again and goes on. */
  resume(): void;
  stop(): void;
  /** What the replay waits for, if it is not going on by itself. */
  waitsFor(): string | undefined;
}

export interface PacerHandlers {
  /** The current instant has been played. */
  onPlayed(): void;
  /** The feed has no more. */
  onEnd(): void;
}
