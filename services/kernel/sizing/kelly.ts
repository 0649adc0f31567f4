/**
 * How much to stake of what one has, so that it grows fastest in the long run (Kelly 1956). Only + - * / are used, so
 * that a seed and a recording give the same bits everywhere.
 */
export type Edge =
  | {
      readonly kind: 'binary';
      /** Of winning. */
      readonly winProbability: number;
      /** Profit of a unit staked when it wins; the whole stake is lost when it does not. */
      readonly payoff: number;
      /** Standard deviation of the probability, an estimate itself; 0 if it were known. */
      readonly winProbabilityDeviation: number;
    }
  | {
      readonly kind: 'continuous';
      /** Mean return of a year less what cash earns. */
      readonly excessReturn: number;
      /** Standard deviation of a year's return. */
      readonly volatility: number;
      /** Standard deviation of the mean, an estimate itself; 0 if it were known. */
      readonly excessReturnDeviation: number;
    };

/** Share of equity to stake: p - (1 - p)/b, or μ/σ². Below 0: there is no edge on this side. */
export function kellyShare(edge: Edge): number {
  switch (edge.kind) {
    case 'binary':
      return edge.winProbability - (1 - edge.winProbability) / edge.payoff;
    case 'continuous':
      return edge.excessReturn / (edge.volatility * edge.volatility);
  }
}

/**
 * What is left of the share when the edge is an estimate (Baker and McHale, "Optimal betting under parameter
 * uncertainty", 2013): f²/(f² + s²), s being the standard deviation of the share itself, which is ((b + 1)/b) σ of a
 * binary bet, and σ(μ)/σ² of a continuous one. From 0 to 1.
 */
export function shrinkFactor(edge: Edge): number {
  const share = kellyShare(edge);
  const deviation = shareDeviation(edge);
  const square = share * share;
  return square === 0 ? 0 : square / (square + deviation * deviation);
}

/** `fraction` of Kelly's share, shrunk for what is not known of the edge; 0 where there is none. */
export function prudentShare(edge: Edge, fraction: number): number {
  const share = kellyShare(edge);
  return share > 0 ? share * shrinkFactor(edge) * fraction : 0;
}

function shareDeviation(edge: Edge): number {
  switch (edge.kind) {
    case 'binary':
      return ((edge.payoff + 1) / edge.payoff) * edge.winProbabilityDeviation;
    case 'continuous':
      return edge.excessReturnDeviation / (edge.volatility * edge.volatility);
  }
}
