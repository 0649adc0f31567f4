import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { BarMapping } from './bar-mapping.ts';

/** What a reader of one file is told, whatever its format. */
export interface BarFileSource {
  readonly file: string;
  readonly mapping: BarMapping;
  readonly timeZone: string;
  /** Rows of other symbols are left out; absent: all are taken. */
  readonly symbols: readonly InstrumentId[] | undefined;
  /** Whose bars they are when the file has no column for the symbol. */
  readonly onlySymbol: InstrumentId | undefined;
}
