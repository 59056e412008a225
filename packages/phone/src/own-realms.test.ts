import { Authorization, DigestChallenge, parseMessage, SipRequest } from '@netsip/message'
import type { Leg } from '@netsip/transport'
import { targetOf } from '@netsip/transport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Phone } from './phone.ts'
import type { PhoneOptions } from './phone-options.ts'
import { PhoneLab } from './testing/phones.ts'

/** Answers every request without credentials for `realm` with a challenge, REGISTER with them with 200, others with 486. */
function challenger(leg: Leg, realmOf: (method: string) => string): SipRequest[] {
  const seen: SipRequest[] = []
  leg.on('message', (request, source) => {
    if (request.type !== 'request' || request.method === 'ACK') return
    seen.push(parseMessage(request.toBytes()) as SipRequest)
    const realm = realmOf(request.method)
    const known = request.read(Authorization).some((credentials) => credentials.realm === realm)
    const response = request.createResponse(known ? (request.method === 'REGISTER' ? 200 : 486) : 401, {
      toTag: 'peer',
    })
    if (!known) {
      const challenge = new DigestChallenge({ kind: 'www', realm, nonce: `${seen.length}`, qop: ['auth'] })
      response.headers.append('WWW-Authenticate', challenge.toString())
    } else if (request.method === 'REGISTER') {
      response.headers.append('Contact', `${String(request.contact)};expires=300`)
    }
    leg.send(response.toBytes(), targetOf(source))
  })
  return seen
}

const realmsAnswered = (seen: readonly SipRequest[]): string[] =>
  seen.flatMap((request) => request.read(Authorization).map(({ realm }) => realm))

describe('the password', () => {
  let lab: PhoneLab

  beforeEach(() => {
    lab = new PhoneLab()
  })
  afterEach(async () => {
    const left = await lab.close()
    if (left.timers + left.packetSockets > 0) throw new Error(`left over: ${JSON.stringify(left)}`)
  })

  const alice = (options: Partial<PhoneOptions> = {}): Promise<Phone> =>
    lab.phone('alice', '10.0.0.1', { aor: 'sip:alice@10.0.0.2', password: 'secret', ...options })

  async function call(phone: Phone, target: string): Promise<number | undefined> {
    const made = await lab.until(phone.call(target))
    return (await lab.until(made.ended)).status
  }

  test('is not for a stranger who is called and asks for it', async () => {
    const seen = challenger(lab.network.listen({ host: '10.0.0.3' }), () => 'mallory.example')
    const phone = await alice()
    expect(await call(phone, 'sip:mallory@10.0.0.3')).toBe(401)
    await expect(lab.until(phone.message('sip:mallory@10.0.0.3', 'hi'))).rejects.toMatchObject({ code: 'ERR_SIP_AUTH' })
    expect(realmsAnswered(seen)).toEqual([])
  })

  test('is not for the realm of a stranger who asks as if he were of our domain', async () => {
    const seen = challenger(lab.network.listen({ host: '10.0.0.3' }), () => '10.0.0.2')
    expect(await call(await alice(), 'sip:mallory@10.0.0.3')).toBe(401)
    expect(realmsAnswered(seen)).toEqual([])
  })

  test('is for our own domain, whatever its realm is called, and for that realm alone', async () => {
    let realm = 'asterisk'
    const seen = challenger(lab.network.listen({ host: '10.0.0.2' }), () => realm)
    const phone = await alice()
    expect(await call(phone, 'bob')).toBe(486)
    realm = 'mallory.example'
    expect(await call(phone, 'bob')).toBe(401)
    expect(realmsAnswered(seen)).toEqual(['asterisk'])
  })

  test('is not for a stranger that our domain redirects to', async () => {
    const seen = challenger(lab.network.listen({ host: '10.0.0.3' }), () => '10.0.0.2')
    const home = lab.network.listen({ host: '10.0.0.2' })
    home.on('message', (request, source) => {
      if (request.type !== 'request' || request.method !== 'INVITE') return
      const headers = { Contact: '<sip:mallory@10.0.0.3>' }
      home.send(request.createResponse(302, { toTag: 'home', headers }).toBytes(), targetOf(source))
    })
    expect(await call(await alice(), 'bob')).toBe(401)
    expect(seen).toHaveLength(1)
    expect(realmsAnswered(seen)).toEqual([])
  })

  test('is not for a callee behind the proxy, once the registrar has named the realm', async () => {
    const seen = challenger(lab.network.listen({ host: '10.0.0.2' }), (method) =>
      method === 'REGISTER' ? 'asterisk' : 'mallory.example',
    )
    const phone = await alice({ proxy: 'sip:10.0.0.2;lr' })
    await lab.until(phone.register())
    expect(await call(phone, 'sip:mallory@mallory.example')).toBe(401)
    expect(new Set(realmsAnswered(seen))).toEqual(new Set(['asterisk']))
  })

  test('is not for a callee behind the proxy who asks as if he were of our domain, nor for its own realm', async () => {
    const seen = challenger(lab.network.listen({ host: '10.0.0.2' }), () => 'asterisk')
    const phone = await alice({ proxy: 'sip:10.0.0.2;lr' })
    await lab.until(phone.register())
    expect(await call(phone, 'sip:mallory@mallory.example')).toBe(401)
    expect(realmsAnswered(seen.filter(({ method }) => method === 'INVITE'))).toEqual([])
    expect(await call(phone, 'sip:bob@10.0.0.2')).toBe(486)
    expect(realmsAnswered(seen.filter(({ method }) => method === 'INVITE'))).toEqual(['asterisk'])
  })

  test('is for further realms that are named', async () => {
    challenger(lab.network.listen({ host: '10.0.0.2' }), (method) => (method === 'REGISTER' ? 'asterisk' : 'edge'))
    const phone = await alice({ proxy: 'sip:10.0.0.2;lr', realms: ['edge'] })
    await lab.until(phone.register())
    expect(await call(phone, 'sip:bob@elsewhere.example')).toBe(486)
  })
})
