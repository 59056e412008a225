const NAME = 'content-length'
const SIP2 = /^sip\/2\.0 | sip\/2\.0\s*$/i

/**
 * The Content-Length of a header section that is otherwise malformed, when nobody could read another one out of it.
 *
 * Where readers could differ on where the next message begins, one of them may take the body of a message for a message of
 * its own. So there must be one such header, a plain number on one line, and nothing that may be taken for another: no
 * stray CR, no NUL, no name that nearly is that of Content-Length. And the start line must be of SIP/2.0, as messages of
 * other versions and protocols may end by other rules.
 *
 * @param section start line and header lines with the empty line, one character an octet
 */
export function undoubtedLength(section: string): number | undefined {
  let lf = section.indexOf('\n')
  if (!SIP2.test(section.slice(0, lf)) || section.includes('\0') || /\r(?!\n)/.test(section)) return undefined
  let length: number | undefined
  for (let at = lf + 1; at < section.length; at = lf + 1) {
    lf = section.indexOf('\n', at)
    const line = section.slice(at, lf).toLowerCase()
    const colon = line.indexOf(':')
    const name = (colon < 0 ? line : line.slice(0, colon)).trim()
    if (!name.includes(NAME) && name !== 'l') continue
    const digits = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?$/.exec(line)
    const isFolded = section[lf + 1] === ' ' || section[lf + 1] === '\t'
    if (length !== undefined || digits === null || isFolded) return undefined
    length = Number(digits[1])
  }
  return length
}
