import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import type { Publication } from './publication.ts'
import { pair, type Party, type World } from '../testing/pair.ts'

/** Alice publishes presence at Bob, who gives each 200 a new tag. */
function publishing(): { world: World; bob: Party; publication: Publication; events: string[] } {
  const { world, alice, bob } = pair()
  let count = 0
  bob.serve((ctx, request) => {
    const headers = { 'SIP-ETag': `tag${++count}`, Expires: request.expires ?? 0 }
    bob.endpoint.newResponse(ctx, request.createResponse(200, { headers }))
  })
  const publication = alice.endpoint.publication({ ...alice.to(bob), event: 'presence', expires: 100 })
  const events: string[] = []
  publication.on('published', (expires, etag) => events.push(`published ${expires} ${etag}`))
  publication.on('failed', (error) => events.push(`failed ${error.code}`))
  publication.on('removed', () => events.push('removed'))
  return { world, bob, publication, events }
}

const seen = (world: World): (readonly [string | undefined, number, number | undefined])[] =>
  world.requests('PUBLISH').map((one: SipRequest) => [one.headers.get('SIP-If-Match'), one.body.length, one.expires])

describe('a publication', () => {
  test('D237 D238 D239 D239b is published, refreshed without a body, changed, and removed, each by the tag before', async () => {
    const { world, publication, events } = publishing()
    const done = publication.publish('<open/>', 'application/pidf+xml')
    await world.pass(50)
    await done
    await world.pass(90_000)
    const changed = publication.publish('<busy/>', 'application/pidf+xml')
    await world.pass(50)
    await changed
    const removed = publication.remove()
    await world.pass(50)
    await removed
    expect(seen(world)).toEqual([
      [undefined, 7, 100],
      ['tag1', 0, 100],
      ['tag2', 7, 100],
      ['tag3', 0, 0],
    ])
    expect(events).toEqual(['published 100 tag1', 'published 100 tag2', 'published 100 tag3', 'removed'])
    expect(world.requests('PUBLISH')[0]?.headers.get('Event')).toBe('presence')
    expect(world.requests('PUBLISH').map((one) => one.contentType)).toEqual([
      'application/pidf+xml',
      undefined,
      'application/pidf+xml',
      undefined,
    ])
    await world.pass(1_000_000)
    expect(world.clock.pending).toBe(0)
  })

  test('D239c a 412 drops the tag and says all anew, a 423 asks for longer', async () => {
    const { world, bob, publication } = publishing()
    const done = publication.publish('<open/>', 'application/pidf+xml')
    await world.pass(50)
    await done
    bob.serve((ctx, request) => {
      const status = request.headers.has('SIP-If-Match') ? 412 : request.expires === 100 ? 423 : 200
      const headers = { 'SIP-ETag': 'new', 'Min-Expires': 600, Expires: request.expires ?? 0 }
      bob.endpoint.newResponse(ctx, request.createResponse(status, { headers }))
    })
    await world.pass(90_000)
    expect(seen(world).slice(1)).toEqual([
      ['tag1', 0, 100],
      [undefined, 7, 100],
      [undefined, 7, 600],
    ])
    expect(publication.etag).toBe('new')
  })

  test('D239 one that is granted no time is not refreshed all the time', async () => {
    const { world, bob, publication, events } = publishing()
    const headers = { 'SIP-ETag': 'tag', Expires: 0 }
    bob.serve((ctx, request) => bob.endpoint.newResponse(ctx, request.createResponse(200, { headers })))
    const done = publication.publish('<open/>', 'application/pidf+xml')
    await world.pass(3000)
    await done
    expect([events[0], seen(world).length]).toEqual(['published 0 tag', 4])
  })

  test('a refusal is told and ends the refreshing', async () => {
    const { world, bob, publication, events } = publishing()
    bob.serve((ctx, request) => bob.respond(ctx, request, 403))
    const done = publication.publish('<open/>', 'application/pidf+xml').catch((error: unknown) => error)
    await world.pass(50)
    expect(await done).toMatchObject({ status: 403 })
    expect(events).toEqual(['failed ERR_SIP_STATUS'])
    await world.pass(1_000_000)
    expect(world.requests('PUBLISH')).toHaveLength(1)
  })

  test('D237 each PUBLISH waits for the answer to the one before, whose tag it names', async () => {
    const { world, publication, events } = publishing()
    const all = Promise.all([
      publication.publish('a', 'text/plain'),
      publication.publish('b', 'text/plain'),
      publication.remove(),
    ])
    await world.pass(100)
    await all
    expect(seen(world)).toEqual([
      [undefined, 1, 100],
      ['tag1', 1, 100],
      ['tag2', 0, 0],
    ])
    expect(events).toEqual(['published 100 tag1', 'published 100 tag2', 'removed'])
    expect(publication.etag).toBeUndefined()
  })
})
