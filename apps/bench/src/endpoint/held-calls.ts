// What a call that is up keeps, at its UAS or at its UAC: 10,000 of them on a simulated network, against a peer that keeps
// nothing. Argument: role. Prints one line of JSON.
import { Dispatcher } from '@netsip/dispatcher'
import { Endpoint } from '@netsip/endpoint'
import type { SipMessage } from '@netsip/message'
import { VirtualClock } from '@netsip/runtime/testing'
import type { Target } from '@netsip/transport'
import { MemoryNetwork } from '@netsip/transport/testing'
import { liveBytes } from './heap.ts'
import { SDP } from './sdp.ts'

/** Bytes of heap and of buffers for each call. */
export interface HeldCalls {
  readonly held: number
  readonly bytes: number
}

const WARM_UP = 2000
const CALLS = 10_000
const clock = new VirtualClock()
const network = new MemoryNetwork({ clock, ladderLimit: 1 })
const leg = network.listen({ host: '10.0.0.1' })
const peer = network.listen({ host: '10.0.0.2' })
const endpoint = new Endpoint(new Dispatcher({ legs: [leg], clock }))
const sdp = { 'Content-Type': 'application/sdp' }

endpoint.setApplication((_endpoint, context, request) => {
  if (request.method !== 'INVITE') return
  endpoint.newResponse(context, request.createResponse(180))
  endpoint.newResponse(context, request.createResponse(200, { headers: sdp, body: SDP }))
})

const target: Target = { protocol: 'udp', addr: '10.0.0.1', port: 5060, family: 'IPv4' }
const send = (message: string | Uint8Array): void =>
  peer.send(typeof message === 'string' ? new TextEncoder().encode(message) : message, target)
let number = 0

/** Calls as sipp writes them. */
function callIn(): void {
  send(
    request(
      'INVITE',
      `${++number}`,
      '',
      `Content-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`,
    ),
  )
}

function request(method: string, id: string, toTag: string, end: string): string {
  return (
    `${method} sip:service@10.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-${method}-${id}\r\n` +
    `From: sipp <sip:sipp@10.0.0.2:5060>;tag=SIPpTag00${id}\r\nTo: service <sip:service@10.0.0.1:5060>${toTag}\r\n` +
    `Call-ID: ${id}@10.0.0.2\r\nCSeq: 1 ${method}\r\nContact: sip:sipp@10.0.0.2:5060\r\nMax-Forwards: 70\r\n` +
    `Subject: Performance Test\r\n${end}`
  )
}

function callOut(): void {
  endpoint.invite({ from: 'sip:bench@10.0.0.1', to: 'sip:service@10.0.0.2' }, undefined, SDP, sdp)
}

peer.on('message', (message: SipMessage) => {
  if (message.type === 'response') {
    if (message.status !== 200) return
    const id = message.callId.slice(0, message.callId.indexOf('@'))
    send(request('ACK', id, `;tag=${message.to.tag ?? ''}`, 'Content-Length: 0\r\n\r\n'))
  } else if (message.method === 'INVITE') {
    const answer = { toTag: `t${++number}`, headers: { Contact: '<sip:service@10.0.0.2:5060>' } }
    send(message.createResponse(180, answer).toBytes())
    send(message.createResponse(200, { ...answer, headers: { ...answer.headers, ...sdp }, body: SDP }).toBytes())
  }
})

function hold(calls: number): void {
  for (let i = 0; i < calls; i++) {
    if (process.argv[2] === 'UAS') callIn()
    else callOut()
    clock.advance(1)
  }
  // Long enough for every transaction to end: what is left belongs to the calls.
  clock.advance(70_000)
}

hold(WARM_UP)
const before = liveBytes()
hold(CALLS)
const held = endpoint.stats().dialogs - WARM_UP
const report: HeldCalls = { held, bytes: (liveBytes() - before) / held }
console.log(JSON.stringify(report))
