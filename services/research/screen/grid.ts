/** Which parameters a screen tries: every combination of the values of each. */
export interface Grid {
  readonly names: readonly string[];
  /** In the order of the names; each combination is as long as they are. */
  readonly combinations: readonly (readonly number[])[];
}

export type GridRefusal = { readonly refusal: string };

/** So many fit into memory with their results, and no search of more is worth its trials. */
const combinationsMax = 1_000_000;

/**
 * `fast=5:50,slow=20:200:10`: from, to (itself included) and step, 1 unless given; `fast=10` is a single value. A
 * refusal says which part, and what was expected of it.
 */
export function parseGrid(text: string): { readonly grid: Grid } | GridRefusal {
  const names: string[] = [];
  const axes: (readonly number[])[] = [];
  let count = 1;
  for (const part of text.split(',')) {
    const axis = parseAxis(part);
    if ('refusal' in axis) return axis;
    if (names.includes(axis.name)) return { refusal: `${axis.name} is there twice` };
    names.push(axis.name);
    axes.push(axis.values);
    count *= axis.values.length;
    if (count > combinationsMax) {
      return { refusal: `more than ${combinationsMax} combinations: widen a step` };
    }
  }
  let combinations: readonly (readonly number[])[] = [[]];
  for (const values of axes) {
    combinations = combinations.flatMap((before) => values.map((value) => [...before, value]));
  }
  return { grid: { names, combinations } };
}

const axisPattern = /^([a-z][A-Za-z0-9]*)=(-?\d+(?:\.\d+)?)(?::(-?\d+(?:\.\d+)?))?(?::(\d+(?:\.\d+)?))?$/;

function parseAxis(
  part: string,
): { readonly name: string; readonly values: readonly number[] } | GridRefusal {
  const match = axisPattern.exec(part);
  if (match === null) return { refusal: `expected name=from:to:step, such as fast=5:50:5, found "${part}"` };
  const [, name = '', fromText = '', toText = fromText, stepText = '1'] = match;
  const [from, to, step] = [Number(fromText), Number(toText), Number(stepText)];
  if (step === 0) return { refusal: `the step of ${name} is 0` };
  if (to < from) return { refusal: `${name} ends at ${to}, before it begins at ${from}` };
  // 0.1 steps from 0 to 0.3 are four values, though 3 x 0.1 is a little more than 0.3.
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > combinationsMax) {
    return { refusal: `${name} has more than ${combinationsMax} values: widen its step` };
  }
  const values = Array.from({ length: count }, (_, index) => Number((from + index * step).toPrecision(12)));
  return { name, values };
}
