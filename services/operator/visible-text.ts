/** Controls, marks that turn the direction of writing, separators of lines: whatever a terminal obeys and does not show. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Others' words as they are shown to somebody who signs: what cannot be seen is spelled out, so that it cannot hide. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
