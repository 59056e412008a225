import { wire } from './samples.ts'

const request = (...lines: string[]): string =>
  wire(['OPTIONS sip:h SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bK1', ...lines])

const times = (n: number, make: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => make(i))

/** Messages of about `n` octets that are all of one thing: what makes a careless parser take n² steps. */
export const nasty: Readonly<Record<string, (n: number) => string>> = {
  'many headers': (n) => request(...times(n / 8, () => 'a: b')),
  'many headers of one name': (n) => request(...times(n / 16, () => 'Subject: b')),
  'many folds': (n) => request(`Subject: ${'x\r\n '.repeat(n / 4)}`),
  'many bare LF': (n) => request(`Subject: ${'x\n '.repeat(n / 4)}`),
  'many params': (n) => request(`To: <sip:h>${times(n / 8, (i) => `;p${i}=1`).join('')}`),
  'many params of a URI': (n) => request(`To: <sip:h${times(n / 8, (i) => `;p${i}=1`).join('')}>`),
  'many headers of a URI': (n) => request(`To: <sip:h?a=b${'&a=b'.repeat(n / 4)}>`),
  'many labels': (n) => request(`To: <sip:${'a.'.repeat(n / 2)}a!>`),
  'many labels that are numbers': (n) => request(`To: <sip:${'1.'.repeat(n / 2)}a!>`),
  'many hyphens': (n) => request(`Via: SIP/2.0/UDP a${'-'.repeat(n)}`, `To: <sip:${'a-'.repeat(n / 2)}>`),
  'many colons': (n) => request(`To: <sip:[${'::'.repeat(n / 2)}]>`),
  'many visual separators': (n) => request(`To: <tel:+${'-.'.repeat(n / 2)}x>`),
  'many spaces in a Warning': (n) => request(`Warning: 399${' '.repeat(n)}`, `Timestamp: 1${' '.repeat(n)}x`),
  'many parts of one word': (n) => request(`Identity: ${'a'.repeat(n)}!;info=<h>`, `Event: ${'a.'.repeat(n / 2)}@`),
  'many list elements': (n) => request(`Supported: ${'a,'.repeat(n / 2)}a`),
  'many Vias': (n) => request(`Via: ${'SIP/2.0/UDP h,'.repeat(n / 16)}SIP/2.0/UDP h`),
  'many quotes': (n) => request(`To: ${'"\\""'.repeat(n / 4)} <sip:h>`),
  'many backslashes': (n) => request(`To: "${'\\'.repeat(n)}`),
  'many brackets': (n) => request(`To: ${'<'.repeat(n)}`),
  'many parentheses': (n) => request(`Retry-After: 5 ${'('.repeat(n)}`),
  'many percent signs': (n) => request(`To: <sip:${'%41'.repeat(n / 3)}@h>`),
  'many spaces': (n) => request(`To: ${' '.repeat(n)}x`),
  'many spaces within': (n) => request(`To: a${' '.repeat(n)}x`),
  'many commas': (n) => request(`Contact: ${','.repeat(n)}`),
  'many challenges': (n) => request(`Proxy-Authorization: Digest ${'a=b, '.repeat(n / 5)}`),
  'many spaces in a challenge': (n) => request(`Proxy-Authenticate: Digest a=b, ${' '.repeat(n)}c=d`),
  'many @ in a Call-ID': (n) => request(`Call-ID: ${'a'.repeat(n / 2)}@${'b'.repeat(n / 2)}`),
  'a line without end': (n) => `OPTIONS sip:h SIP/2.0\r\nSubject: ${'x'.repeat(n)}`,
  'lines that are none': (n) => `OPTIONS sip:h SIP/2.0\r\n${'a\n'.repeat(n / 2)}`,
  'lines that are none, with a length': (n) => `OPTIONS sip:h SIP/2.0\r\n${'a\n'.repeat(n / 2)}l: 0\n\n`,
  'carriage returns': (n) => `OPTIONS sip:h SIP/2.0\r\nSubject: ${'\r'.repeat(n)}`,
  'line ends': (n) => '\r\n'.repeat(n / 2),
  'many body parts': (n) => `${request('Content-Type: multipart/mixed;boundary=b')}${'--b\r\n\r\n'.repeat(n / 8)}--b--`,
}
