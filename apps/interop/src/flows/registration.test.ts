import type { Context, RegisterArgs } from '@netsip/endpoint'
import { describe, expect, test } from 'vitest'
import { drawn, type Phone, Stage } from './stage.ts'

/** Bob's phone and the registrar of Biloxi, as RFC 3665 section 2 has them. */
function biloxi(): { stage: Stage; bob: Phone; register: (more?: Partial<RegisterArgs>) => Context } {
  const stage = new Stage()
  stage.server('biloxi', { accounts: { bob: 'zanzibar' }, algorithms: ['MD5'] })
  const bob = stage.phone('bob')
  const register = (more: Partial<RegisterArgs> = {}): Context =>
    bob.endpoint.register({
      registrar: 'sip:biloxi.example.com',
      from: 'sip:bob@biloxi.example.com',
      contact: bob.contact,
      auth: ['bob', 'zanzibar'],
      ...more,
    })
  return { stage, bob, register }
}

async function contactsOf(ctx: Context): Promise<string[]> {
  const { response } = await ctx.outcome
  return response.headers.getAll('Contact')
}

describe('RFC 3665 2 registration', () => {
  test('2.1 successful new registration', async () => {
    const { stage, register } = biloxi()
    const ctx = register()
    await stage.pass(100)
    expect(await contactsOf(ctx)).toEqual(['<sip:bob@10.0.0.2>;expires=900'])
    expect(stage.drawing()).toBe(
      drawn(`
        bob                            biloxi
         |----------- REGISTER ---------->|
         |< 401 Unauthorized (REGISTER) --|
         |----------- REGISTER ---------->|
         |<----- 200 OK (REGISTER) -------|`),
    )
  })

  test('2.2 update of the contact list', async () => {
    const { stage, register } = biloxi()
    register()
    await stage.pass(100)
    stage.curtain()
    const ctx = register({ contact: 'mailto:bob@biloxi.example.com' })
    await stage.pass(100)
    expect((await contactsOf(ctx)).toSorted()).toEqual([
      '<mailto:bob@biloxi.example.com>;expires=900',
      '<sip:bob@10.0.0.2>;expires=900',
    ])
    expect(stage.drawing()).toBe(
      drawn(`
        bob                  biloxi
         |------ REGISTER ----->|
         |< 200 OK (REGISTER) --|`),
    )
  })

  test('2.3 request for the current contact list', async () => {
    const { stage, bob, register } = biloxi()
    register()
    await stage.pass(100)
    stage.curtain()
    const aor = 'sip:bob@biloxi.example.com'
    const init = { from: aor, to: aor, auth: ['bob', 'zanzibar'] } as const
    const ctx = bob.endpoint.newRequest('REGISTER', init, undefined, undefined, { uri: 'sip:biloxi.example.com' })
    await stage.pass(100)
    expect(stage.requests('REGISTER', 'bob').map((one) => one.headers.has('Contact'))).toEqual([false, false])
    expect(await contactsOf(ctx)).toEqual(['<sip:bob@10.0.0.2>;expires=900'])
    expect(stage.drawing()).toBe(
      drawn(`
        bob                            biloxi
         |----------- REGISTER ---------->|
         |< 401 Unauthorized (REGISTER) --|
         |----------- REGISTER ---------->|
         |<----- 200 OK (REGISTER) -------|`),
    )
  })

  test('2.4 cancellation of the registration', async () => {
    const { stage, register } = biloxi()
    register()
    await stage.pass(100)
    stage.curtain()
    const ctx = register({ contact: '*', expires: 0 })
    await stage.pass(100)
    expect(await contactsOf(ctx)).toEqual([])
    expect(stage.drawing()).toBe(
      drawn(`
        bob                  biloxi
         |------ REGISTER ----->|
         |< 200 OK (REGISTER) --|`),
    )
  })

  test('2.5 unsuccessful registration', async () => {
    const { stage, register } = biloxi()
    const ctx = register({ auth: ['bob', 'wrong'] })
    const outcome = ctx.outcome.catch((error: unknown) => error)
    await stage.pass(5000)
    expect(await outcome).toMatchObject({ code: 'ERR_SIP_AUTH', status: 401 })
    expect(stage.drawing()).toBe(
      drawn(`
        bob                            biloxi
         |----------- REGISTER ---------->|
         |< 401 Unauthorized (REGISTER) --|
         |----------- REGISTER ---------->|
         |< 401 Unauthorized (REGISTER) --|`),
    )
  })
})
