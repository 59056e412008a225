import type { SipRequest } from '@netsip/message'
import { describe, expect, test } from 'vitest'
import { TestAgent, TestBed } from '../testing/test-bed.ts'
import { clean, established, pair } from '../testing/test-pair.ts'

/** A way to Bob that leads to Bob himself. */
const edgePath = { Path: '<sip:10.0.0.3;lr;ob>', Supported: 'path, outbound' }

describe('connections', () => {
  test('R128 R068 R076 UDP and TCP are bridged: two Record-Route values, both taken off on the way back', async () => {
    const both = await pair('udp', 'tcp')
    const { bed, alice, bob } = both
    const call = await established(both)
    const invite = bob.requests[0] as SipRequest
    expect(invite.recordRoutes.map(({ uri }) => ('transport' in uri ? uri.transport : ''))).toEqual(['tcp', undefined])
    expect(bob.methods).toEqual(['INVITE', 'ACK'])
    expect(invite.contentLength).toBe(0)
    const bye = bob.send(bob.inDialogAsCallee('BYE', invite), null)
    const info = alice.send(alice.inDialog('INFO', call, 2), null)
    await bed.run(50)
    expect([bye.statuses, info.statuses]).toEqual([[200], [200]])
    expect(alice.requests.at(-1)?.routes).toEqual([])
    expect(bob.requests.at(-1)?.routes).toEqual([])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R121e R082 a user agent that only its own connection reaches is called, and calls are ended, through it', async () => {
    const bed = new TestBed()
    bed.start()
    const alice = bed.agent('alice', '10.0.0.2', 'tcp')
    const bob = bed.agent('bob', '10.0.0.3', 'tcp')
    // Behind a NAT: the addresses they know of themselves lead nowhere
    for (const agent of [alice, bob]) {
      const contact = `<sip:${agent.user}@client.invalid;transport=tcp>`
      Object.defineProperty(agent, 'contact', { value: contact.slice(1, -1) })
      expect((await agent.register({ contact })).status).toBe(200)
    }
    const call = await established({ bed, alice, bob })
    const bye = bob.send(bob.inDialogAsCallee('BYE', bob.requests[0] as SipRequest), null)
    const info = alice.send(alice.inDialog('INFO', call, 2), null)
    await bed.run(50)
    expect([bye.statuses, info.statuses]).toEqual([[200], [200]])
    expect([alice.methods, bob.methods]).toEqual([['BYE'], ['INVITE', 'ACK', 'INFO']])
    expect(await bed.settle()).toEqual(clean)
  })

  test('R063 one URI is tried once, whoever registered it', async () => {
    const bed = new TestBed()
    bed.start()
    const bob = bed.agent('bob', '10.0.0.3')
    const headers = { Supported: 'outbound' }
    for (const id of [1, 2])
      await bob.register({
        contact: `<${bob.contact}>;+sip.instance="<urn:uuid:${id}>";reg-id=1`,
        headers: { ...headers, ...edgePath },
      })
    bed.agent('alice', '10.0.0.2').request('MESSAGE', bob.aor)
    await bed.run(50)
    expect(bed.server?.registrar.stats().accepted).toBe(2)
    expect(bob.methods).toEqual(['MESSAGE'])
  })

  test('R063b R072 the Path of a binding becomes the Route', async () => {
    const bed = new TestBed()
    bed.start()
    const alice = bed.agent('alice', '10.0.0.2')
    const edge = bed.agent('edge', '10.0.0.8')
    await edge.register({
      to: 'sip:bob@example.com',
      contact: '<sip:bob@192.168.1.9>',
      headers: { Path: '<sip:10.0.0.8;lr>', Supported: 'path' },
    })
    alice.request('INVITE', 'sip:bob@example.com')
    await bed.run(50)
    expect(edge.requests[0]?.uri.toString()).toBe('sip:bob@192.168.1.9')
    expect(edge.requests[0]?.routes.map(String)).toEqual(['<sip:10.0.0.8;lr>'])
  })

  test('R062 R066 a line is called by its fixed contact, R064 which the parameters of the call do not touch', async () => {
    const bed = new TestBed()
    bed.start({ lines: { echo: 'sip:echo@10.0.0.6:5080' } })
    const alice = bed.agent('alice', '10.0.0.2')
    const echo = new TestAgent(bed, 'echo', bed.network.listen({ host: '10.0.0.6', port: 5080 }))
    bed.agents.push(echo)
    const call = alice.request('INVITE', 'sip:echo@example.com;user=phone')
    await bed.run(50)
    expect(call.final.status).toBe(200)
    expect(echo.requests[0]?.uri.toString()).toBe('sip:echo@10.0.0.6:5080')
    expect(await bed.settle()).toEqual(clean)
  })
})
