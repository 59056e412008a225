/** One message and what the RFC asks for. */
export interface Torture {
  /** The name that the RFC gives the message whose traits this one has. */
  readonly name: string
  readonly section: string
  /**
   * `good`: it parses, strictly too. A status: it is refused with that. An object: it parses, values that are bad throw
   * when they are read, and strict parsing refuses it.
   */
  readonly outcome: 'good' | number | { readonly strict: number; readonly header: string }
  /** Statuses of what `validate` finds in a good one. */
  readonly findings?: readonly number[]
  readonly text: string
  /** Paths into the message, and what is there; what stands behind `|` is the name of a parameter. */
  readonly says?: Readonly<Record<string, unknown>>
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const usual: Headers = {
  Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKodd',
  From: '<sip:caller@example.net>;tag=t1',
  To: '<sip:dora@example.org>',
  'Call-ID': 'odd.call',
}

/** A request with what every request has; a header given as `undefined` is left out. */
export function oddRequest(startLine: string, headers: Headers, body = ''): string {
  const method = startLine.slice(0, startLine.indexOf(' '))
  const dialog = method === 'INVITE' ? { Contact: '<sip:caller@192.0.2.1>' } : {}
  const given = 'V' in headers ? { ...headers, Via: undefined } : headers
  const line = startLine.endsWith('SIP/2.0') ? startLine : `${startLine} SIP/2.0`
  return write(line, { ...usual, ...dialog, CSeq: `8 ${method}`, 'Max-Forwards': '70', ...given }, body)
}

/** A response with what every response has. */
export function response(startLine: string, headers: Headers = {}): string {
  return write(startLine, { ...usual, CSeq: '35 INVITE', ...headers }, '')
}

function write(startLine: string, headers: Headers, body: string): string {
  const lines = [startLine]
  for (const [name, value] of Object.entries({
    ...headers,
    'Content-Length': headers['Content-Length'] ?? String(body.length),
  })) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) lines.push(`${name}: ${each}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
