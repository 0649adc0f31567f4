import type { WalkForwardPlan } from './plan.ts';

/** A combination played on the days of a window's training; without a window, on all days. */
export interface TrialPiece {
  readonly kind: 'trial';
  readonly window: number | undefined;
  /** Of the combination in the grid. */
  readonly place: number;
}

/** What training chose, traded on the days after it. */
export interface WindowPiece {
  readonly kind: 'window';
  readonly number: number;
}

/** Work that is kept when it is done: killed at any moment, the next start goes on behind it. */
export type Piece = TrialPiece | WindowPiece;

/** All that of a stage needs all of those before it, and nothing of its own. */
export function stagesOf({ screen, windows, combinations }: WalkForwardPlan): readonly (readonly Piece[])[] {
  const traded = windows.map(({ number }): Piece => ({ kind: 'window', number }));
  if (screen !== undefined) return [traded];
  // The longest first, so that all workers end together.
  const trained = [undefined, ...windows.map(({ number }) => number)];
  return [trained.flatMap((window) => trialsOf(combinations, window)), traded];
}

export function trialsOf(
  combinations: readonly unknown[],
  window: number | undefined,
): readonly TrialPiece[] {
  return combinations.map((_, place) => ({ kind: 'trial', window, place }));
}

/** Days of the calendar that are played: what a piece takes, next to another. */
export function weightOf({ windows, range, screen }: WalkForwardPlan, piece: Piece): number {
  const number = piece.kind === 'window' ? piece.number : piece.window;
  const window = windows.find((each) => each.number === number);
  // Where training is swept, it is next to nothing beside what is played, and all windows are alike.
  if (screen !== undefined) return 1;
  const days = window === undefined ? range : piece.kind === 'window' ? window.test : window.train;
  return days.to - days.from + 1;
}

/** The name that it is kept by. */
export function partOf(piece: Piece): string {
  switch (piece.kind) {
    case 'window':
      return `window-${digits(piece.number)}`;
    case 'trial':
      return `trial-${piece.window === undefined ? 'all' : digits(piece.window)}-${String(piece.place).padStart(6, '0')}`;
  }
}

function digits(number: number): string {
  return String(number).padStart(4, '0');
}
