import { SipRequest, SipResponse, type SipMessage } from '@netsip/message'
import { isSipError, type SipError } from '@netsip/runtime'
import { maxDatagram } from '../datagram/limits.ts'
import type { Leg, LegEvents, Source, Target } from '../leg/leg.ts'
import type { LegLimits } from '../leg/leg-limits.ts'
import { responseTarget } from '../response-target.ts'

/** Two legs that a {@link ComplianceCase} may use and close. */
export interface CompliancePair {
  /** Sends to `far`. */
  near: Leg
  /** Listens. */
  far: Leg
  /** `far`, as `near` reaches it. */
  target: Target
}

/** What the compliance cases need from whoever tests a leg. */
export interface ComplianceHarness {
  pair(limits?: LegLimits): Promise<CompliancePair>
  /** Waits for a promise; where the clock is simulated, moves it on meanwhile. */
  until<Value>(promise: Promise<Value>): Promise<Value>
}

/** One thing every leg does. `run` rejects when the leg does not. */
export interface ComplianceCase {
  /** The rules of SPEC.md that it shows. */
  readonly rules: string
  readonly name: string
  run(harness: ComplianceHarness): Promise<void>
}

let serial = 0

/** A request as `leg` sends it, with a body of `size` bytes. */
function requestFor({ near, target }: CompliancePair, size = 0): SipRequest {
  const id = ++serial
  const request = new SipRequest({
    method: 'MESSAGE',
    uri: 'sip:bob@example.com',
    headers: {
      From: '<sip:alice@example.com>;tag=1',
      To: '<sip:bob@example.com>',
      'Call-ID': `${id}@example.com`,
      CSeq: `${id} MESSAGE`,
      'Max-Forwards': 70,
      ...(size > 0 ? { 'Content-Type': 'text/plain' } : {}),
    },
    body: new Uint8Array(size).fill(120),
  })
  request.pushVia(near.via(`z9hG4bK${id}`, target))
  return request
}

function next<Name extends keyof LegEvents>(leg: Leg, name: Name): Promise<LegEvents[Name]> {
  return new Promise((resolve) => leg.once(name, (...args) => resolve(args)))
}

/** The next thing that is no message, dropped or handed up to be answered. */
function refused(leg: Leg): Promise<unknown> {
  return Promise.race([next(leg, 'drop'), next(leg, 'malformed')])
}

async function exchange(harness: ComplianceHarness, pair: CompliancePair, size = 0): Promise<[SipMessage, Source]> {
  const arrived = next(pair.far, 'message')
  const request = requestFor(pair, size)
  const failed = sendError(pair.near, request.toBytes(), pair.target)
  const [message, source] = await harness.until(
    Promise.race([arrived, failed.then((error): never => check(false, `the send failed: ${error.message}`) as never)]),
  )
  check(message.callId === request.callId, 'another message arrived than was sent')
  return [message, source]
}

function sendError(leg: Leg, bytes: Uint8Array, target: Target): Promise<SipError> {
  return new Promise((resolve) => leg.send(bytes, target, { onSendError: resolve }))
}

function check(condition: boolean, objection: string): void {
  if (!condition) throw new Error(objection)
}

/** Not one of messages, which datagrams and WebSockets are. */
function isByteStream(leg: Leg): boolean {
  return leg.protocol === 'tcp' || leg.protocol === 'tls'
}

async function closeBoth(harness: ComplianceHarness, { near, far }: CompliancePair): Promise<void> {
  await harness.until(Promise.all([near.close(), far.close()]))
}

function complianceCase(
  rules: string,
  name: string,
  run: (pair: CompliancePair, harness: ComplianceHarness) => Promise<void>,
  limits?: LegLimits,
): ComplianceCase {
  return {
    rules,
    name,
    async run(harness) {
      const pair = await harness.pair(limits)
      try {
        await run(pair, harness)
      } finally {
        await closeBoth(harness, pair)
      }
    },
  }
}

/** What every leg has to pass, one of your own too; run each case in a test of whatever framework. */
export const legCompliance: readonly ComplianceCase[] = [
  complianceCase('T008 T020', 'a message arrives as it was sent, with its source', async (pair, harness) => {
    const arrived = next(pair.far, 'message')
    const request = requestFor(pair, 10)
    pair.near.send(request.toBytes(), pair.target)
    const [message, source, bytes] = await harness.until(arrived)
    check(message.type === 'request' && message.method === 'MESSAGE', 'it is not the request that was sent')
    check(sameBytes(bytes, request.toBytes()), 'its bytes are not those that were sent')
    check(source.proto === pair.far.protocol, `it came over ${source.proto}`)
    check(pair.near.reliable === (source.flow !== undefined), 'streams have flows, and datagrams have none')
    if (source.flow) check(source.flow.leg === pair.far && source.flow.open, 'the flow is not one of the leg')
  }),

  complianceCase('T022 T023', 'what the sender claims about itself is overwritten', async (pair, harness) => {
    const request = requestFor(pair)
    const own = pair.near.via('z9hG4bKx', pair.target)
    request.via = own.with({ params: own.params.with('received', '192.0.2.99').with('rport', '9') })
    const arrived = next(pair.far, 'message')
    pair.near.send(request.toBytes(), pair.target)
    const [message, source] = await harness.until(arrived)
    check(message.via?.received === source.addr, `received is ${message.via?.received}, the source ${source.addr}`)
    check(message.via?.rport === source.port, `rport is ${message.via?.rport}, the source port ${source.port}`)
  }),

  complianceCase('T029 T032 T033', 'a response finds its way back', async (pair, harness) => {
    const [request, source] = await exchange(harness, pair)
    const response = (request as SipRequest).createResponse(200)
    const answered = next(pair.near, 'message')
    const target = responseTarget(response, source)
    check('addr' in target, 'the response would have to be resolved')
    pair.far.send(response.toBytes(), target as Target)
    const [answer] = await harness.until(answered)
    check(answer instanceof SipResponse && answer.status === 200, 'something else came back')
    check(answer.via !== undefined && pair.near.isOwnSentBy(answer.via), 'its Via is not known to be our own')
  }),

  complianceCase('T003 T016', 'many messages arrive, on one connection if there are any', async (pair, harness) => {
    const count = 50
    const flows = new Set<string>()
    const seen: number[] = []
    const all = new Promise<void>((resolve) => {
      pair.far.on('message', (message, source) => {
        flows.add(source.flow?.id ?? '')
        seen.push(message.cseq.seq)
        if (seen.length === count) resolve()
      })
    })
    const sent = Array.from({ length: count }, () => requestFor(pair))
    for (const request of sent) pair.near.send(request.toBytes(), pair.target)
    await harness.until(all)
    check(flows.size === 1, `${flows.size} connections for one peer`)
    const counted = pair.far.connections
    check(counted === (pair.far.reliable ? 1 : undefined), `${counted} connections are counted`)
    check(!pair.near.reliable || seen.join() === sent.map((r) => r.cseq.seq).join(), 'the order was not kept')
  }),

  complianceCase('T015 T047', 'a message of 60 kB arrives whole', async (pair, harness) => {
    const [message] = await exchange(harness, pair, 60_000)
    check(message.body.length === 60_000, `${message.body.length} bytes of 60000 arrived`)
  }),

  complianceCase(
    'T015',
    'what does not fit into a datagram fails by name, and a stream takes it',
    async (pair, harness) => {
      if (pair.near.reliable) {
        const [message] = await exchange(harness, pair, 100_000)
        return check(message.body.length === 100_000, 'the body was cut')
      }
      const error = await harness.until(sendError(pair.near, new Uint8Array(maxDatagram + 1), pair.target))
      check(error.code === 'ERR_SIP_TOO_LARGE', `it failed with ${error.code}`)
    },
  ),

  complianceCase(
    'T047 T082',
    'a message that is cut arrives whole, or is refused and followed',
    async (pair, harness) => {
      const whole = requestFor(pair, 300).toBytes()
      const pieces = Array.from({ length: 8 }, (_, k) =>
        whole.subarray((k * whole.length) / 8, ((k + 1) * whole.length) / 8),
      )
      if (isByteStream(pair.near)) {
        const arrived = next(pair.far, 'message')
        for (const piece of pieces) {
          pair.near.send(piece, pair.target)
          await harness.until(Promise.resolve())
        }
        const [, , bytes] = await harness.until(arrived)
        return check(sameBytes(bytes, whole), 'the pieces were not put together again')
      }
      for (const piece of [pieces[0], pieces[4]] as [Uint8Array, Uint8Array]) {
        const noticed = refused(pair.far)
        pair.near.send(piece, pair.target)
        await harness.until(noticed)
      }
      await exchange(harness, pair)
    },
  ),

  complianceCase(
    'T046',
    'what waits to be sent is bounded, and what was taken arrives',
    async (pair, harness) => {
      await exchange(harness, pair)
      const count = pair.near.reliable ? 400 : 20
      const bytes = requestFor(pair, pair.near.reliable ? 100_000 : 10_000).toBytes()
      const failures: SipError[] = []
      let heard = 0
      const settled = new Promise<void>((resolve) => {
        const settle = (): void => void (heard + failures.length === count && resolve())
        pair.far.on('message', () => {
          heard++
          settle()
        })
        const onSendError = (error: SipError): void => {
          failures.push(error)
          settle()
        }
        for (let k = 0; k < count; k++) pair.near.send(bytes, pair.target, { onSendError })
      })
      await harness.until(settled)
      check(
        failures.every(({ code }) => code === 'ERR_SIP_OVERLOAD'),
        `it failed with ${failures[0]?.code}`,
      )
      check(failures.length > 0 === pair.near.reliable, `${failures.length} of ${count} did not fit`)
      await exchange(harness, pair)
    },
    { maxQueuedBytes: 300_000 },
  ),

  complianceCase(
    'T046 T091b',
    'a message beyond the limit is refused, and the next one arrives',
    async (pair, harness) => {
      const noticed: Promise<unknown> = pair.near.reliable ? next(pair.near, 'flowClosed') : refused(pair.far)
      pair.near.send(requestFor(pair, 20_000).toBytes(), pair.target)
      await harness.until(noticed)
      await exchange(harness, pair)
    },
    { parse: { maxMessage: 10_000 } },
  ),

  complianceCase('T049 T054 T090', 'keep-alives are no messages, and end nothing', async (pair, harness) => {
    const [, before] = await exchange(harness, pair)
    const dropped: string[] = []
    pair.far.on('drop', (reason) => dropped.push(reason))
    for (const text of ['\r\n\r\n', '\r\n']) pair.near.send(new TextEncoder().encode(text), pair.target)
    const [, after] = await exchange(harness, pair)
    check(after.flow === before.flow, 'they went on by another connection')
    check(dropped.length === 0, `dropped for ${dropped[0]}`)
  }),

  complianceCase('T005 T043', 'a send error comes after send has returned, once', async (pair, harness) => {
    await harness.until(pair.far.close())
    await harness.until(pair.near.close())
    let errors = 0
    let returned = false
    const failed = new Promise<SipError>((resolve) => {
      const onSendError = (error: SipError): void => {
        errors++
        check(returned, 'send had not returned')
        resolve(error)
      }
      pair.near.send(requestFor(pair).toBytes(), pair.target, { onSendError })
      returned = true
    })
    const error = await harness.until(failed)
    await harness.until(Promise.resolve())
    check(isSipError(error) && error.code === 'ERR_SIP_CLOSED', `it failed with ${error.code}`)
    check(errors === 1, `told ${errors} times`)
  }),

  complianceCase('T006', 'closing twice is closing once', async (pair, harness) => {
    let closed = 0
    pair.far.on('close', () => closed++)
    await harness.until(Promise.all([pair.far.close(), pair.far.close()]))
    await harness.until(pair.far[Symbol.asyncDispose]())
    check(closed === 1, `close was told ${closed} times`)
    check(!pair.far.canDeliverTo(pair.target), 'a closed leg claims that it delivers')
  }),

  complianceCase(
    'T043',
    'a connection that ends is told of, and the next message opens another',
    async (pair, harness) => {
      const [, source] = await exchange(harness, pair)
      if (source.flow) {
        const told = Promise.all([next(pair.near, 'flowClosed'), next(pair.far, 'flowClosed')])
        source.flow.close()
        const [[nearFlow], [farFlow]] = await harness.until(told)
        check(farFlow === source.flow && !farFlow.open, 'another flow was told of')
        check(!nearFlow.open, 'the other end is still open')
        const gone = await harness.until(
          sendError(pair.far, requestFor(pair).toBytes(), { ...pair.target, flow: farFlow }),
        )
        check(gone.code === 'ERR_SIP_REFUSED', `a send on a closed flow failed with ${gone.code}`)
      }
      await exchange(harness, pair)
    },
  ),

  complianceCase('T042 T047', 'garbage stops nothing', async (pair, harness) => {
    const garbage = new TextEncoder().encode('\u0016\u0003\u0001 this is no SIP\r\n\r\n')
    const noticed = refused(pair.far)
    pair.near.send(garbage, pair.target)
    await harness.until(noticed)
    if (isByteStream(pair.near)) await harness.until(next(pair.near, 'flowClosed'))
    await exchange(harness, pair)
  }),

  complianceCase('T042', 'a listener that throws is reported and stops nothing', async (pair, harness) => {
    const thrown = new Error('a fault of the application')
    pair.far.once('message', () => {
      throw thrown
    })
    const reported = next(pair.far, 'error')
    pair.near.send(requestFor(pair).toBytes(), pair.target)
    const [error] = await harness.until(reported)
    check(error === thrown, 'another error was reported')
    await exchange(harness, pair)
  }),

  complianceCase('T027', 'a request without Via is dropped', async (pair, harness) => {
    const request = requestFor(pair)
    request.popVia()
    const dropped = next(pair.far, 'drop')
    pair.near.send(request.toBytes(), pair.target)
    const [reason] = await harness.until(dropped)
    check(reason === 'no-via', `dropped for ${reason}`)
  }),

  complianceCase('T038', 'a leg knows its own Via, and no other', async (pair) => {
    const own = pair.near.via('z9hG4bK1', pair.target)
    check(own.branch === 'z9hG4bK1', 'the branch is not the one given')
    check(pair.near.isOwnSentBy(own), `${own.toString()} is its own`)
    check(!pair.near.isOwnSentBy(own.with({ host: 'other.example.com' })), 'another host is not its own')
    check(!pair.near.isOwnSentBy(own.with({ port: 9 })), 'another port is not its own')
    check(!pair.near.isOwnSentBy(own.with({ protocol: 'SCTP' })), 'another transport is not its own')
    check((own.rport !== undefined) === (pair.near.protocol === 'udp'), 'rport belongs into a Via of UDP')
  }),

  complianceCase('T007', 'it delivers to its own kind only', async (pair) => {
    check(pair.near.canDeliverTo(pair.target), 'it cannot reach its peer')
    const protocol = pair.target.protocol === 'udp' ? 'tcp' : 'udp'
    check(!pair.near.canDeliverTo({ ...pair.target, protocol }), `it claims to speak ${protocol}`)
    const { protocol: own, local, secure } = pair.far
    check(pair.far.match({ protocol: own, host: local.host, port: local.port, family: local.family }), 'no match')
    check(!pair.far.match({ port: local.port + 1 }), 'it matches another port')
    check(secure === (own === 'tls' || own === 'wss'), 'secure means TLS')
  }),
]

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index])
}
