import { describe, expect, test } from 'vitest'
import { listener, pair } from './testing/pair.ts'

const answered = ['Allow', 'Accept', 'Accept-Encoding', 'Accept-Language', 'Supported']

describe('OPTIONS', () => {
  test('D143b D143d D143g is answered by an application as it would answer an INVITE, with a body and Contact of its own', async () => {
    const { world, alice, bob } = pair()
    let busy = true
    bob.serve((ctx, request) => {
      if (busy) return bob.respond(ctx, request, 486)
      const headers = { Contact: '<sip:desk@10.0.0.2>', 'Content-Type': 'application/sdp' }
      bob.endpoint.newResponse(ctx, request.createResponse(200, { headers, body: 'v=0\r\n' }))
    })
    const { news, callback } = listener()
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), callback)
    await world.pass(50)
    busy = false
    alice.endpoint.newRequest('OPTIONS', alice.to(bob), callback)
    await world.pass(50)
    expect(news.map((one) => one.status)).toEqual([486, 200])
    const [ok] = world.responses(200)
    expect(ok?.text).toBe('v=0\r\n')
    expect(ok?.contact?.uri.toString()).toBe('sip:desk@10.0.0.2')
    expect(ok?.headers.has('Allow')).toBe(true)
  })

  test('D144 is answered though it may go no further', async () => {
    const { world, alice, bob } = pair()
    const ctx = alice.endpoint.newRequest('OPTIONS', alice.to(bob), undefined, undefined, { 'Max-Forwards': 0 })
    await world.pass(50)
    expect(world.requests('OPTIONS')[0]?.maxForwards).toBe(0)
    expect((await ctx.outcome).status).toBe(200)
  })

  test('D143e D143f in a dialog it is answered as outside of one, and the dialog is as before', async () => {
    const { world, alice, bob } = pair()
    bob.answers()
    const ctx = alice.endpoint.invite(alice.to(bob))
    await world.pass(100)
    const [dialog] = bob.last('INVITE').ctx.dialogs
    const target = dialog?.remoteTarget.toString()
    alice.endpoint.newRequest('OPTIONS', ctx, undefined, undefined, { Contact: '<sip:moved@10.0.0.1>' })
    alice.endpoint.newRequest('OPTIONS', alice.to(bob))
    await world.pass(100)
    const answers = world.responses(200, 'OPTIONS')
    expect(answers).toHaveLength(2)
    const [inside, outside] = answers.map((one) => answered.map((name) => one.headers.get(name)))
    expect(inside).toEqual(outside)
    expect(inside).not.toContain(undefined)
    expect(dialog?.state).toBe('confirmed')
    expect(dialog?.remoteTarget.toString()).toBe(target)
    expect(bob.endpoint.stats()).toMatchObject({ contexts: 1, dialogs: 1 })
  })
})
