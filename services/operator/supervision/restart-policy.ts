/** How often a crashed process may come back: a fault that stays must end the run, not spin. */
export interface RestartLimits {
  /** Crashes within the window after which it is not started again. */
  readonly crashesMax: number;
  readonly windowUs: number;
  /** Before the first restart; doubles with each further crash in the window. */
  readonly delayUsMin: number;
  readonly delayUsMax: number;
}

export const restartLimits: RestartLimits = {
  crashesMax: 12,
  windowUs: 60_000_000,
  delayUsMin: 50_000,
  delayUsMax: 3_200_000,
};

export type AfterCrash =
  | { readonly kind: 'restart'; readonly delayUs: number }
  | { readonly kind: 'giveUp'; readonly crashes: number };

export interface RestartPolicy {
  /** Counts a crash at this monotonic time and says what to do. */
  crashed(nowUs: number): AfterCrash;
}

export function createRestartPolicy(limits: RestartLimits): RestartPolicy {
  let crashesUs: readonly number[] = [];
  return {
    crashed: (nowUs) => {
      crashesUs = [...crashesUs.filter((timeUs) => nowUs - timeUs < limits.windowUs), nowUs];
      const crashes = crashesUs.length;
      if (crashes > limits.crashesMax) return { kind: 'giveUp', crashes };
      const delayUs = Math.min(limits.delayUsMin * 2 ** (crashes - 1), limits.delayUsMax);
      return { kind: 'restart', delayUs };
    },
  };
}
