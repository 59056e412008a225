import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { isMissing } from './missing.ts'
import { softphone, type Listening } from './softphone.ts'
import { capture, frames } from './tshark.ts'
import { scratchFolder } from './scratch.ts'

describe.skipIf(isMissing('tshark'))('tshark', () => {
  test.each(['udp', 'tcp'])(
    'finds nothing malformed in a call over %s, on the wire and in the --pcap file',
    async (transport) => {
      const folder = scratchFolder('capture')
      const wire = join(folder, 'wire.pcapng')
      const own = join(folder, 'own.pcap')
      await using answer = softphone(
        'answer',
        '--listen',
        '127.0.0.1:0',
        '--transport',
        transport,
        '--play',
        'echo',
        '--max-calls',
        '1',
      )
      const { port } = await answer.event<Listening>('listening')
      await using tshark = await capture(wire, 'udp or tcp')
      // dumpcap says that it captures a moment before the kernel hands it packets
      await wait(1500)
      await using call = softphone(
        'call',
        `sip:echo@127.0.0.1:${port};transport=${transport}`,
        '--listen',
        '127.0.0.1:0',
        '--transport',
        transport,
        '--play',
        'tone:440',
        '--dtmf',
        '1',
        '--duration',
        '2',
        '--pcap',
        own,
      )
      expect((await call.exit).code, call.output).toBe(0)
      await wait(500)
      await tshark.stop('SIGINT')

      const decode = [`${transport}.port==${port},sip`]
      const ours = `${transport}.port==${port}`
      expect(
        frames(wire, `(${ours} or rtp or rtpevent) and _ws.malformed`, ['frame.number', '_ws.col.Info'], decode),
      ).toEqual([])
      expect(frames(wire, `sip and ${ours}`, ['sip.CSeq.method', 'sip.Status-Code'], decode)).toEqual(
        expect.arrayContaining(['INVITE\t', 'INVITE\t200', 'ACK\t', 'BYE\t', 'BYE\t200']),
      )
      expect(frames(wire, 'rtp', ['rtp.seq'], decode).length).toBeGreaterThan(150)
      expect(frames(wire, 'rtpevent', ['rtpevent.event_id'], decode)).toContain('1')

      expect(frames(own, '_ws.malformed', ['frame.number', '_ws.col.Info'], decode)).toEqual([])
      expect(frames(own, 'sip', ['sip.CSeq.method'], decode)).toEqual(expect.arrayContaining(['INVITE', 'ACK', 'BYE']))
    },
    // tshark starts for every question, which takes long on a machine that is busy
    180_000,
  )
})
