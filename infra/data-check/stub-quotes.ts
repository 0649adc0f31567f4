import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import { leanEquityFolder } from '../feeds/lean-bars.ts';
import { countStubs } from '../feeds/lean-minutes.ts';
import { type Finding, placesText, timeText } from './finding.ts';

/** Quotes of LEAN's minute files that nobody could have traded on: the feed leaves those sides empty. */
export function checkQuotes(data: string, instrument: InstrumentId): readonly Finding[] {
  const stubs = countStubs(leanEquityFolder(data), instrument);
  if (stubs.times.length === 0) return [];
  const share = ((stubs.times.length / stubs.quotes) * 100).toFixed(2);
  const detail = `${share}% of the quotes have a stub or are crossed, and are played without: ${placesText(stubs.times.map(timeText))}`;
  return [{ kind: 'stubQuote', severity: 'note', instrument, count: stubs.times.length, detail }];
}
