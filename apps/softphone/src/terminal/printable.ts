// C0 and C1 controls, and what turns the direction of the text around.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/**
 * What comes from a socket must not drive the terminal, or make a line look like another: controls are shown, not sent.
 * Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => (char === '\n' || char === '\t' ? char : escaped(char)))
}

/** JSON that stays the same value, without the controls that JSON lets through (C1, DEL). */
export function printableJson(json: string): string {
  return json.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function escaped(char: string): string {
  const code = char.charCodeAt(0)
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
