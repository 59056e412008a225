import { DigestVerifier } from '@netsip/auth'
import { VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { Authorize } from './access/authorize.ts'
import { createServer } from './create-server.ts'
import { Guard } from './access/guard.ts'
import { MemoryLocationStore } from './location/memory-location-store.ts'
import { Proxy } from './proxy/proxy.ts'
import { Redirect } from './redirect.ts'
import { Registrar } from './registrar/registrar.ts'
import { RateLimiter } from './access/rate-limiter.ts'
import { StatelessProxy } from './proxy/stateless-proxy.ts'
import { TestBed } from './testing/test-bed.ts'

const { dispatcher, serverLegs: legs } = new TestBed()
const domains = ['example.com']
const store = new MemoryLocationStore()
const verifier = new DigestVerifier({ realm: 'example.com', lookup: () => undefined })
const [md5, sha256] = ['0'.repeat(32), '0'.repeat(64)]
const next = (): undefined => undefined

/** Each door with one option that bounds nothing, or is of another type. */
const doors: Record<string, (wrong: object) => unknown> = {
  Authorize: (wrong) => new Authorize({ dispatcher, verifier, domains, ...wrong }),
  Guard: (wrong) => new Guard({ dispatcher, ...wrong }),
  Proxy: (wrong) => new Proxy({ dispatcher, store, domains, ...wrong }),
  Redirect: (wrong) => new Redirect({ dispatcher, store, domains, ...wrong }),
  Registrar: (wrong) => new Registrar({ dispatcher, store, domains, ...wrong }),
  RateLimiter: (wrong) => new RateLimiter(new VirtualClock(), { perSecond: 1, ...wrong }, 10),
  StatelessProxy: (wrong) => new StatelessProxy({ legs, domains, next, ...wrong }),
  MemoryLocationStore: (wrong) => new MemoryLocationStore(wrong),
  createServer: (wrong) => createServer({ dispatcher, domains: ['example.com'], ...wrong }),
}

test.each<[door: keyof typeof doors, wrong: object]>([
  ['Authorize', { excempt: () => false }],
  ['Authorize', { methods: 'INVITE' }],
  ['Authorize', { kind: 401 }],
  ['Authorize', { domains: 'example.com' }],
  ['Redirect', { isuser: () => true }],
  ['Redirect', { isUser: true }],
  ['Redirect', { domains: 'example.com' }],
  ['Guard', { methds: ['INVITE'] }],
  ['Proxy', { relays: () => false }],
  ['Proxy', { forwarding: {} }],
  ['Proxy', { forwarding: () => 'sip:carol@example.com' }],
  ['Proxy', { forwarding: { to: next, noAnswer: 0 } }],
  ['Registrar', { verifer: {} }],
  ['StatelessProxy', { secrets: new Uint8Array(16) }],
  ['MemoryLocationStore', { maxbindings: 5 }],
  ['createServer', { account: { alice: 'secret' } }],
  ['Guard', { maxBody: Number.NaN }],
  ['Guard', { maxSources: 0 }],
  ['Guard', { rate: {} }],
  ['Guard', { rate: { perSecond: Number.NaN } }],
  ['Guard', { methods: 'INVITE' }],
  ['RateLimiter', { burst: Number.NaN }],
  ['Proxy', { timerC: Number.NaN }],
  ['Proxy', { maxContexts: -1 }],
  ['Proxy', { maxBranches: Number.NaN }],
  ['Registrar', { maxContacts: Number.NaN }],
  ['Registrar', { expires: { max: Number.NaN } }],
  ['Registrar', { domains: 'example.com' }],
  ['StatelessProxy', { maxResolving: Number.NaN }],
  ['MemoryLocationStore', { maxBindings: Number.NaN }],
  ['createServer', { domains: 'example.com' }],
  ['createServer', { accounts: 'alice:secret' }],
  ['createServer', { accounts: new Map([['alice', 'secret']]) }],
  ['createServer', { accounts: { alice: { pass: 'secret' } } }],
  ['createServer', { accounts: { alice: null } }],
  ['createServer', { accounts: { alice: [] } }],
  ['createServer', { accounts: { alice: { ha1: md5 } } }],
  ['createServer', { accounts: { alice: { ha1: md5, algorithm: 'SHA-256' } } }],
  ['createServer', { accounts: { alice: { ha1: 'secret', algorithm: 'MD5' } } }],
  ['createServer', { accounts: { alice: { ha1: md5, algorithm: 'MD5' } }, algorithms: ['SHA-256'] }],
  ['createServer', { accounts: { alice: { ha1: md5, algorithm: 'MD5' }, bob: { ha1: sha256, algorithm: 'SHA-256' } } }],
  ['createServer', { store: new Map() }],
])('%s refuses %o', (door, wrong) => {
  const refused = expect.objectContaining({ code: 'ERR_SIP_ARGUMENT' }) as Error
  expect(() => doors[door]!(wrong)).toThrow(refused)
})
