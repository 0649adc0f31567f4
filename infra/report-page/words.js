/** The sign, which is as wide as a digit, for the hyphen, which is not. */
export function minus(text) {
  return text.replace('-', '−');
}

export function amountText(value, digitsMin, digitsMax) {
  const digits = { minimumFractionDigits: digitsMin, maximumFractionDigits: digitsMax };
  return minus(value.toLocaleString('en-US', digits));
}

/** In UTC. */
export function timeText(milliseconds, hasTime) {
  const text = new Date(milliseconds).toISOString();
  return hasTime ? `${text.slice(0, 10)} ${text.slice(11, 16)}` : text.slice(0, 10);
}

/** Text is only ever set as text: names and reasons are others' words. */
export function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
