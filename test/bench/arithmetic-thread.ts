// A thread of the screen row's floor: arithmetic on one number, which needs a core and nothing else of the machine.
import { threadParent } from '../../infra/process/thread.ts';

const { work: rounds, parent } = threadParent<number>();

parent.onMessage(() => {
  let value = 1;
  for (let round = 0; round < rounds; round += 1) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  parent.send(value);
});
