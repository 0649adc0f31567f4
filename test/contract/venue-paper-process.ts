// A paper venue in a process of its own, to be killed: submits one order after the other and tells of each answer.
import { createPaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
import {
  account,
  at,
  createStillClock,
  frictionless,
  order,
  quantity,
  quote,
  spyInstrument,
  venueId,
} from '../unit/paper-fixture.ts';

const [path = '', round = ''] = process.argv.slice(2);

const venue = createPaperVenue({
  account,
  venue: venueId,
  store: openSqliteVenueStore(path),
  clock: createStillClock(),
  options: frictionless,
  instruments: [spyInstrument],
  defer: (callback) => setImmediate(callback),
});
venue.connect({
  onReport: (report) => {
    if (report.kind === 'filled') process.stdout.write(`filled ${report.fill.executionId}\n`);
  },
  onStatus: () => undefined,
});

function submit(number: number): void {
  const id = `round${round}-order${number}`;
  venue.onQuote(at('10:00:00'), quote());
  venue.submit(
    order(id, { quantity: quantity('1') }),
    () => true,
    (outcome) => {
      process.stdout.write(`${outcome.kind} ${id}\n`);
      submit(number + 1);
    },
  );
}
submit(1);
