/** How long execution may send on one grant, by its own clock, counted from the request that was granted. */
export const leaseValidUs = 3_000_000;
