import type { SingleHeader } from '../headers/header-type.ts'
import * as api from '../index.ts'

const descriptors = (Object.values(api) as unknown[]).filter(
  (value): value is SingleHeader<unknown> =>
    typeof value === 'object' && value !== null && 'parse' in value && 'format' in value,
)
const getters = [
  'vias',
  'via',
  'from',
  'to',
  'callId',
  'cseq',
  'contacts',
  'contact',
  'routes',
  'recordRoutes',
  'maxForwards',
  'expires',
]
getters.push('contentType', 'contentLength', 'allow', 'supported', 'require', 'proxyRequire', 'unsupported', 'text')

/**
 * Does everything to `data` that can be done to something received. Whatever it is, nothing but SipParseError may come
 * out, and a message that parsed must be written as one that parses to the same.
 */
export function exercise(data: Uint8Array): void {
  const message = attempt(() => api.parseMessage(data))
  attempt(() => api.parseMessage(data, { strict: true }))
  stream(data)
  if (message !== undefined) useAll(message)
}

function stream(data: Uint8Array): void {
  const half = data.length >> 1
  const whole = read([data])
  const halves = read([data.subarray(0, half), data.subarray(half)])
  if (JSON.stringify(whole.map(shown)) !== JSON.stringify(halves.map(shown)))
    throw new Error('a cut changes what is read')
  for (const event of halves) {
    if (event.type === 'message') useAll(event.message)
    if ('error' in event) answer(event.error)
  }
}

function read(chunks: readonly Uint8Array[]): api.StreamEvent[] {
  const parser = new api.StreamParser()
  return chunks.flatMap((chunk) => parser.push(chunk))
}

function shown(event: api.StreamEvent): unknown[] {
  const bytes = 'bytes' in event ? Buffer.from(event.bytes).toString('latin1') : ''
  return [event.type, bytes, 'error' in event ? [event.error.status, event.error.message, event.error.offset] : '']
}

// The answer goes back by all the Vias there were, however many, and however long.
const wide = { maxVias: 1e6, maxHeaders: 1e6, maxLine: 1e7, maxHeaderSection: 1e8 }

// What is refused is answered with what can be read of it.
function answer({ status, request }: api.SipParseError): void {
  if (request !== undefined) api.parseMessage(request.createResponse(status, { toTag: 'fuzz' }).toBytes(), wide)
}

function useAll(message: api.SipMessage): void {
  const written = message.toBytes()
  same(message, api.parseMessage(written))
  for (const name of getters) attempt(() => walk(message[name as keyof api.SipMessage]))
  for (const header of descriptors) attempt(() => message.read(header))
  for (const [name] of message.headers) message.headers.getAll(name)
  api.validate(message)
  message.inspect()
  api.redactedText(message)
  attempt(() => api.unsupportedPart(message, []))
  attempt(() => api.parseSipfrag(message.body))
  const compact = api.parseMessage(message.toBytes({ compact: true }))
  if (compact.headers.getAll('Via').length !== message.headers.getAll('Via').length)
    throw new Error('compact names lose a Via')
  if (message.type === 'request') useRequest(message)
}

function useRequest(request: api.SipRequest): void {
  attempt(() => walk(request.uri))
  const answer = request.createResponse(200, { toTag: 'fuzz' })
  api.parseMessage(answer.toBytes())
  attempt(() => api.parseMessage(request.createCancel().toBytes()))
  attempt(() => api.parseMessage(request.createAck(answer).toBytes()))
  attempt(() => {
    const { via } = request
    if (via !== undefined) request.via = via.with({ received: '192.0.2.1', rport: 5060 })
    request.maxForwards = 7
    api.parseMessage(request.toBytes())
  })
}

function same(one: api.SipMessage, other: api.SipMessage): void {
  const shown = [one, other].map((message) => [
    message.type,
    [...message.headers].filter(([name]) => !/^(content-length|l)$/i.test(name)),
    message.body.length,
  ])
  if (JSON.stringify(shown[0]) !== JSON.stringify(shown[1])) throw new Error('what was written reads differently')
}

// Values read their parts when they are asked for.
function walk(value: unknown): void {
  if (Array.isArray(value)) value.forEach(walk)
  if (value instanceof api.NameAddr || value instanceof api.Via) String(value)
  if (value instanceof api.NameAddr) walk(value.uri)
  if (value instanceof api.SipUri)
    walk([value.user, value.password, [...value.params], [...value.headers], value.equals(value)])
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof api.SipParseError)) throw error
    answer(error)
    return undefined
  }
}
