import { Dispatcher } from '@netsip/dispatcher'
import { describe, expect, test } from 'vitest'
import { Endpoint } from './endpoint.ts'
import { pair } from './testing/pair.ts'

const { alice, bob, world } = pair()
const { endpoint, dispatcher } = alice
const to = alice.to(bob)

/** What a program without types can hand in, and what it should be told of. */
const mistakes: Record<string, [door: (wrong: never) => unknown, wrong: unknown, told: RegExp]> = {
  'nothing for a dispatcher': [(wrong) => new Endpoint(wrong), undefined, /needs a Dispatcher/],
  'options for a dispatcher': [(wrong) => new Endpoint(wrong), { dispatcher }, /needs a Dispatcher/],
  'a text for methods': [
    (wrong) => new Endpoint(dispatcher, wrong),
    { allow: 'INVITE' },
    /'allow' must be of type array/,
  ],
  'a number for a name': [
    (wrong) => new Endpoint(dispatcher, wrong),
    { userAgent: 5 },
    /'userAgent' must be of type string/,
  ],
  'NaN for a time': [(wrong) => new Endpoint(dispatcher, wrong), { ringTimeout: Number.NaN }, /'ringTimeout'.*not NaN/],
  'a list for options': [(wrong) => new Endpoint(dispatcher, wrong), ['INVITE'], /options must be an object/],
  'a number for an application': [(wrong) => endpoint.setApplication(wrong), 5, /an application is/],
  'nothing for a context': [(wrong) => endpoint.invite(wrong), undefined, /a context needs 'from'/],
  'a text for a context': [(wrong) => endpoint.invite(wrong), 'sip:bob@example.com', /a context needs 'from'/],
  'a number for an address': [(wrong) => endpoint.invite(wrong), { ...to, from: 5 }, /'from' is not an address: 5/],
  'nothing for a method': [(wrong) => endpoint.newRequest(wrong, to), undefined, /a request needs a method/],
  'nothing to register': [(wrong) => endpoint.register(wrong), undefined, /register needs 'registrar'/],
  'nothing to keep registered': [(wrong) => endpoint.keepRegistered(wrong), undefined, /'contact' is not an address/],
  'a text for credentials': [(wrong) => endpoint.invite(wrong), { ...to, auth: 'alice:secret' }, /credentials are/],
  'other names for credentials': [
    (wrong) => endpoint.invite(wrong),
    { ...to, auth: { user: 'alice', password: 'secret' } },
    /credentials are/,
  ],
  'a user alone for credentials': [
    (wrong) => endpoint.invite(to, null, null, wrong),
    { auth: ['alice'] },
    /credentials are/,
  ],
  'an option of an endpoint that is misspelt': [
    (wrong) => new Endpoint(dispatcher, wrong),
    { isOur: () => false },
    /new Endpoint: there is no option 'isOur'/,
  ],
  'legs for options of a dispatcher': [(wrong) => new Dispatcher(wrong), dispatcher.legs, /options must be an object/],
  'one leg for legs': [(wrong) => new Dispatcher(wrong), { legs: dispatcher.legs[0] }, /'legs' must be of type array/],
  'a function for a resolver': [
    (wrong) => new Dispatcher(wrong),
    { resolver: () => [] },
    /'resolver' must be of type object/,
  ],
}

describe('a program without types hands in', () => {
  test.each(Object.entries(mistakes))('%s, and is told what is expected', async (_title, [door, wrong, told]) => {
    const refused = expect.objectContaining({
      code: 'ERR_SIP_ARGUMENT',
      message: expect.stringMatching(told) as string,
    })
    expect(() => door(wrong as never)).toThrow(refused as Error)
    await world.pass(100)
    expect(world.sent).toEqual([])
    expect(endpoint.stats()).toMatchObject({ contexts: 0, errors: 0 })
  })
})
