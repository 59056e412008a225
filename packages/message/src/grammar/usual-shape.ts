// What nearly all values look like, as regular expressions: engines compile them to machine code that passes over text
// faster than a loop can. Text that matches needs no further check but where a comment says so; text that does not is
// read by the parser of its grammar, which allows more and says what is wrong. Each is free of nested repetition over the
// same characters, so that a mismatch takes no longer than its text.
const token = "[\\w.!%*+`'~-]"
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
export const ipv4: string = `(?:${octet}\\.){3}${octet}`
// an IPv4 address, or a name whose last label starts with no digit; without hyphens side by side
const host = `(?:${ipv4}|(?:\\w+(?:-\\w+)*\\.)*[a-zA-Z_]\\w*(?:-\\w+)*)`
// not yet known to be an address
const ipv6 = '\\[[\\da-fA-F:.]+\\]'
// 1 to 64999
const port = '(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3})'
// Parameters without quotes and escapes, printable ASCII; not yet known to be there only once.
const paramValue = '[^\\x00-\\x20"<>\\\\,;\\x7f-\\uffff]+'
const headerParam = `;${token}+(?:=${paramValue})?`
// In an address also with quotes, that hold no escape and no semicolon, but a tag never.
const addressParam = `(?!;[tT][aA][gG]=");${token}+(?:=(?:"[^\\x00\\r\\n"\\\\;]*"|${paramValue}))?`
// Those that Via defines come with a value that they may have; a name that starts like one of them takes a closer look.
const viaParam = `;(?:rport(?:=${port})?(?![^;])|received=${ipv4}(?![^;]))|(?!;(?:[rR][eEpP]|[mM][aA]|[tT][tT]))${headerParam}`
// No name that starts like ttl or maddr.
const uriParam = ';(?![tT][tT]|[mM][aA])[\\w.!*\'()~[\\]/:&+$-]+(?:=[^\\x00-\\x20"<>\\\\@;?%\\x7f]+)?'
const user = '[^\\x00-\\x20"<>\\\\@:%\\x7f]'

/** A Via. What stands in brackets must still be looked at. */
export const USUAL_VIA: RegExp = new RegExp(`^SIP/2\\.0/[A-Z]{2,4} (?:${host}|${ipv6})(?::${port})?(?:${viaParam})*$`)

// No `<` or `>` but around the URI, and no escape in the name.
const displayName = `(?:"[^\\x00\\r\\n"\\\\<>]*"[ \\t]*|${token}[\\w.!%*+\`'~ \\t-]*)?`
const userUri = `sips?:${user}+(?::${user}*)?@${host}(?::${port})?(?:${uriParam})*`
const hostUri = `sips?:${host}(?::${port})?(?:${uriParam})*`

/** A name-addr with a URI that matches one of those below, and one with any. */
export const USUAL_SIP_ADDR: RegExp = new RegExp(`^${displayName}<(?:${userUri}|${hostUri})>(?:${addressParam})*$`)
export const USUAL_NAME_ADDR: RegExp = new RegExp(`^${displayName}<[^\\x00-\\x20<>]+>(?:${addressParam})*$`)

/** A SIP URI with a user, and one without. What a sips URI asks for must still be looked at. */
export const USUAL_USER_URI: RegExp = new RegExp(`^${userUri}$`)
export const USUAL_HOST_URI: RegExp = new RegExp(`^${hostUri}$`)

// Engines keep notes of where to resume in memory that is bounded: longer text is left to the parsers.
const LONGEST = 8192

/** Whether `text` is of a shape. */
export function isUsual(text: string, shape: RegExp): boolean {
  return text.length <= LONGEST && shape.test(text)
}
