/** A definite no of the venue, with a stable code. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}
