import { VirtualClock } from '@netsip/runtime/testing'
import { expect, test } from 'vitest'
import { connectWs } from './ws-client-leg.ts'
import type { WebSocketConstructor } from './web-socket.ts'

/** A server that takes the WebSocket whatever it speaks, as a browser tells of it. */
function speaking(protocol: string, closed: () => void): WebSocketConstructor {
  class Socket extends EventTarget {
    readonly protocol = protocol
    readonly bufferedAmount = 0
    binaryType = ''
    constructor() {
      super()
      queueMicrotask(() => this.dispatchEvent(new Event('open')))
    }
    send(): void {}
    close(): void {
      closed()
    }
  }
  return Socket as unknown as WebSocketConstructor
}

test.each(['', 'chat', 'SIP'])(
  'T080c closes a WebSocket that was opened for the subprotocol "%s"',
  async (protocol) => {
    let closed = 0
    const clock = new VirtualClock()
    const WebSocket = speaking(protocol, () => closed++)
    await expect(connectWs('ws://192.0.2.1', { WebSocket, clock })).rejects.toMatchObject({ code: 'ERR_SIP_REFUSED' })
    expect([closed > 0, clock.pending]).toEqual([true, 0])
  },
)
