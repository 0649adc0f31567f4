import { amountText, element, timeText } from './words.js';

const pageRows = 25;
const furtherRows = 200;
const millisecondsAnHour = 3_600_000;
const millisecondsADay = 24 * millisecondsAnHour;

const cents = (value) => amountText(value, 2, 2);
const price = (value) => amountText(value, 2, 6);

/** Trades of daily bars open and close with sessions; their hours tell nothing. */
function isWithinDays([opened, closed]) {
  return dayOf(opened) === dayOf(closed) || opened % millisecondsAnHour !== 0;
}

function dayOf(milliseconds) {
  return Math.floor(milliseconds / millisecondsADay);
}

/** In the order of the page's data. Figures are looked at from the largest, words and times from the first. */
function columnsOf(trades) {
  const hasTimes = trades.some(isWithinDays);
  const time = (value) => timeText(value, hasTimes);
  return [
    { name: 'Opened', write: time },
    { name: 'Closed', write: time },
    { name: 'Instrument', write: String, isText: true },
    { name: 'Side', write: String, isText: true },
    { name: 'Profit', write: cents, isSigned: true, isLargestFirst: true },
    { name: 'Worst', write: cents },
    { name: 'Best', write: cents, isLargestFirst: true },
    { name: 'Quantity', write: (value) => amountText(value, 0, 9), isLargestFirst: true },
    { name: 'In at', write: price, isLargestFirst: true },
    { name: 'Out at', write: price, isLargestFirst: true },
    { name: 'Fees', write: cents, isLargestFirst: true },
    { name: 'Strategy', write: String, isText: true },
  ];
}

export function fillTrades(trades) {
  const table = document.getElementById('trade-table');
  const more = document.getElementById('more-trades');
  if (trades.length === 0) {
    table.replaceWith(element('p', 'No trade was closed.', 'none'));
    return;
  }
  const columns = columnsOf(trades);
  let rows = trades;
  let shown = pageRows;
  const show = () => {
    table.tBodies[0].replaceChildren(...rows.slice(0, shown).map((trade) => rowOf(trade, columns)));
    more.hidden = shown >= rows.length;
    more.textContent = `Show more (${(rows.length - shown).toLocaleString('en-US')} left)`;
  };
  table.tHead.append(
    headOf(columns, ({ column, isDescending }) => {
      const sign = isDescending ? -1 : 1;
      rows = [...trades].sort((a, b) => sign * compared(a[column], b[column]));
      show();
    }),
  );
  more.addEventListener('click', () => {
    shown += furtherRows;
    show();
  });
  show();
}

function compared(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A button a column; the same one again turns the order around. */
function headOf(columns, onOrder) {
  const heads = document.createElement('tr');
  for (const [column, { name, isText, isLargestFirst }] of columns.entries()) {
    const head = element('th', '', isText ? 'text' : '');
    head.scope = 'col';
    const button = element('button', name);
    button.type = 'button';
    button.addEventListener('click', () => {
      const now = head.getAttribute('aria-sort');
      const isDescending = now === null ? isLargestFirst === true : now === 'ascending';
      for (const other of heads.cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
      onOrder({ column, isDescending });
    });
    head.append(button);
    heads.append(head);
  }
  return heads;
}

function rowOf(trade, columns) {
  const row = document.createElement('tr');
  for (const [index, { write, isText, isSigned }] of columns.entries()) {
    const value = trade[index];
    const tone = isSigned && value !== 0 ? (value > 0 ? 'up' : 'down') : '';
    row.append(element('td', write(value), isText ? 'text' : tone));
  }
  return row;
}
