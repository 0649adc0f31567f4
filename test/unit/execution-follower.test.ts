// Aim: an older process of execution that comes back beside a newer one feeds nobody's books, live or by its pages.
import { expect, it } from 'vitest';
import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import { AccountEvent } from '../../protos/gen/portfolio.ts';
import { ExecutionFollower } from '../../services/kernel/bus/execution-follower.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalRow } from '../../services/kernel/journal/journal.ts';
import { journalPage } from '../../services/kernel/journal/journal-page.ts';
import { account, moneyOf, startTime, venue } from './risk-samples.ts';

const time = brandOf.timestampUs(startTime);

/** One process of execution: its connection and its journal. */
interface Process {
  readonly bus: FifoBus;
  readonly journal: MemoryJournal;
}

class Line {
  readonly clock = createManualClock({ wallUs: time });
  readonly network = createFifoNetwork({ clock: this.clock, encode: true });
  readonly heard: string[] = [];
  readonly failures: Error[] = [];

  process(epoch: number): Process {
    const bus = this.network.connect({ producer: 'execution', epoch: brandOf.epoch(epoch) });
    return { bus, journal: createMemoryJournal({ ledgerId: brandOf.ledgerId('execution-ledger') }) };
  }

  answers({ bus, journal }: Process): void {
    bus.serve(
      subjects.journalQuery.matching({ service: 'execution' }),
      ({ message }, reply) => reply({ message: journalPage(journal, message), eventTime: time }),
      subjects.journalPage.matching({}),
    );
  }

  follow(): ExecutionFollower {
    const bus = this.network.connect({ producer: 'risk', epoch: brandOf.epoch(1) });
    bus.onFailure((error) => this.failures.push(error));
    const follower = new ExecutionFollower({
      bus,
      clock: this.clock,
      onRow: ({ fact }) => this.heard.push(fact.case === 'account' ? String(fact.value.cash) : fact.case),
      onProgress: () => {},
    });
    follower.start();
    this.pass();
    return follower;
  }

  /** Rows of an account whose cash is so many units. */
  write({ bus, journal }: Process, cash: readonly number[], told = true): void {
    for (const each of cash) {
      const message: AccountEvent = {
        ...{ account, venue, currency: brandOf.currency('USD'), cash: moneyOf(String(each)) },
        ...{ realizedPnl: moneyOf('0'), fees: moneyOf('0'), environment: 'paper' },
      };
      const subject = subjects.accountEvent.of({ account });
      const payload = AccountEvent.encode(message);
      const rows: readonly JournalRow[] = journal.append([
        { aggregate: subject.name, type: AccountEvent.name, time, payload },
      ]);
      journal.commit();
      const producerSequence = rows[0]?.sequence;
      if (told) bus.publish({ subject, message, payload, eventTime: time, producerSequence });
    }
    this.pass();
  }

  pass(): void {
    for (let round = 0; round < 6; round += 1) {
      this.network.drain();
      this.clock.advance(500_000);
    }
    this.network.drain();
  }
}

const cashOf = (...units: readonly number[]) => units.map((each) => String(moneyOf(String(each))));

it('does not apply the live rows of an older start, and gets those of the newer one from its owner', () => {
  // given a newer start has followed an older one with the same rows
  const line = new Line();
  const [older, newer] = [line.process(1), line.process(2)];
  line.write(older, [1, 2], false);
  line.write(newer, [1, 2], false);
  line.answers(newer);
  const follower = line.follow();
  expect(line.heard).toEqual(cashOf(1, 2));

  // when the older one writes on its stale copy, and a row of the newer one is lost on its way
  line.write(older, [31, 41, 51]);
  line.write(newer, [3], false);
  line.write(newer, [4]);

  // then only what the newer one wrote has happened
  expect(line.heard).toEqual(cashOf(1, 2, 3, 4));
  expect(follower.complete).toBe(true);
  expect(line.failures).toEqual([]);
});

it('takes no page of an older start, and catches up when that is gone', () => {
  // given a newer start is followed, and only the older one, which knows fewer rows, answers questions
  const line = new Line();
  const [older, newer] = [line.process(1), line.process(2)];
  line.write(older, [1], false);
  line.answers(older);
  line.write(newer, [1, 2], false);
  const follower = line.follow();
  expect(line.heard).toEqual(cashOf(1));
  line.write(newer, [3]);
  line.write(older, [21, 31, 41], false);
  follower.refresh();
  line.pass();
  expect(line.heard).toEqual(cashOf(1));
  expect(follower.complete).toBe(false);

  // when it is gone
  older.bus.disconnect();
  line.answers(newer);
  line.pass();

  // then all is known
  expect(line.heard).toEqual(cashOf(1, 2, 3));
  expect(follower.complete).toBe(true);
  expect(line.failures).toEqual([]);
});

it('forgets what an older start told ahead of a hole', () => {
  // given of the older start a row is known that nothing leads up to
  const line = new Line();
  const [older, newer] = [line.process(1), line.process(2)];
  line.write(older, [1]);
  const follower = line.follow();
  line.write(older, [21], false);
  line.write(older, [31]);

  // when the newer one comes, which has other rows there
  line.write(newer, [1, 2, 3], false);
  line.answers(newer);
  line.write(newer, [4]);

  // then none of the older one's is taken
  expect(line.heard).toEqual(cashOf(1, 2, 3, 4));
  expect(follower.complete).toBe(true);
});

it('ends when a newer start has another row where one of the older start was applied', () => {
  // given the older one was heard alone, with a row that it wrote on its stale copy
  const line = new Line();
  const [older, newer] = [line.process(1), line.process(2)];
  line.answers(older);
  line.write(older, [1, 21], false);
  line.follow();
  expect(line.heard).toEqual(cashOf(1, 21));
  older.bus.disconnect();

  // when the newer one is heard
  line.write(newer, [1, 2], false);
  line.answers(newer);
  line.write(newer, [3]);

  // then the next start is to be built from what there is
  expect(line.failures.map(({ message }) => message).join()).toContain('another history: row 2');
});

it('goes back to an earlier start that speaks once a later one, such as a copy, has been silent for long: it ends to begin anew', () => {
  // given a copy of the folder was heard for a moment
  const line = new Line();
  const [older, newer] = [line.process(1), line.process(2)];
  line.write(older, [1, 2], false);
  line.write(newer, [1, 2], false);
  line.answers(older);
  line.follow();
  line.write(newer, [3], true);
  line.write(older, [31], true);
  expect(line.failures).toEqual([]);

  // when only the other one speaks from then on
  for (let round = 0; round < 4; round += 1) line.pass();
  line.write(older, [41], true);

  // then the next start is to be built from what there is
  expect(line.failures.map(({ message }) => message).join()).toContain('start 2 of execution is silent');
});

it('takes a page that live rows have overtaken on its way for late, not for a journal that was set back', () => {
  // given rows 1 and 2 are applied, and row 4 comes before row 3, so that a page is asked for
  const line = new Line();
  const owner = line.process(1);
  let answer = (): void => {};
  let isHeld = false;
  owner.bus.serve(
    subjects.journalQuery.matching({ service: 'execution' }),
    ({ message }, reply) => {
      const page = journalPage(owner.journal, message);
      if (isHeld) answer = () => reply({ message: page, eventTime: time });
      else reply({ message: page, eventTime: time });
    },
    subjects.journalPage.matching({}),
  );
  line.write(owner, [1, 2], false);
  line.follow();
  isHeld = true;
  const tell = (cash: number, producerSequence: number): void => {
    const message: AccountEvent = {
      ...{ account, venue, currency: brandOf.currency('USD'), cash: moneyOf(String(cash)) },
      ...{ realizedPnl: moneyOf('0'), fees: moneyOf('0'), environment: 'paper' },
    };
    const subject = subjects.accountEvent.of({ account });
    const payload = AccountEvent.encode(message);
    const sequence = brandOf.sequence(producerSequence);
    owner.journal.append([{ aggregate: subject.name, type: AccountEvent.name, time, payload }]);
    owner.journal.commit();
    owner.bus.publish({ subject, message, payload, eventTime: time, producerSequence: sequence });
  };
  const rowThree = AccountEvent.encode({
    ...{ account, venue, currency: brandOf.currency('USD'), cash: moneyOf('3') },
    ...{ realizedPnl: moneyOf('0'), fees: moneyOf('0'), environment: 'paper' },
  });
  const subject = subjects.accountEvent.of({ account });
  owner.journal.append([{ aggregate: subject.name, type: AccountEvent.name, time, payload: rowThree }]);
  tell(4, 4);
  line.network.drain();
  // when row 3 comes late, rows 5 and 6 behind it, and the page after them all
  owner.bus.publish({
    ...{ subject, payload: rowThree, message: AccountEvent.decode(rowThree), eventTime: time },
    producerSequence: brandOf.sequence(3),
  });
  tell(5, 5);
  tell(6, 6);
  line.network.drain();
  expect(line.heard).toEqual(cashOf(1, 2, 3, 4, 5, 6));
  answer();
  line.network.drain();
  // then it is nobody's end
  expect(line.failures).toEqual([]);
});
