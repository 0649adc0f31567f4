/** The standard normal distribution: probabilities to 1e-14, and to 1e-8 of themselves in the far tails. */

const rootTwoPi = Math.sqrt(2 * Math.PI);

/** Hart's rational approximation, in the form of G. West, "Better approximations to cumulative normal functions" (2005). */
export function normalCdf(x: number): number {
  const distance = Math.abs(x);
  const tail = distance > 37 ? 0 : tailBeyond(distance);
  return x > 0 ? 1 - tail : tail;
}

function tailBeyond(distance: number): number {
  const density = Math.exp((-distance * distance) / 2);
  if (distance < 7.07106781186547) {
    const above = polynomial(tailAbove, distance);
    return (density * above) / polynomial(tailBelow, distance);
  }
  const fraction = distance + 1 / (distance + 2 / (distance + 3 / (distance + 4 / (distance + 0.65))));
  return density / fraction / rootTwoPi;
}

const tailAbove = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const tailBelow = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];

/** P. J. Acklam's approximation (2003), its error of 1e-9 taken out by one step of Halley's method. */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    if (probability === 0) return Number.NEGATIVE_INFINITY;
    return probability === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  }
  const x = roughQuantile(probability);
  const miss = (normalCdf(x) - probability) * rootTwoPi * Math.exp((x * x) / 2);
  return x - miss / (1 + (x * miss) / 2);
}

function roughQuantile(probability: number): number {
  const low = 0.02425;
  if (probability > 1 - low) return -roughQuantile(1 - probability);
  if (probability < low) {
    const root = Math.sqrt(-2 * Math.log(probability));
    return polynomial(outerAbove, root) / polynomial(outerBelow, root);
  }
  const distance = probability - 0.5;
  const square = distance * distance;
  return (polynomial(innerAbove, square) * distance) / polynomial(innerBelow, square);
}

const innerAbove = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const innerBelow = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const outerAbove = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const outerBelow = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
