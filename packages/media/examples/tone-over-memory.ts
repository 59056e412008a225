import { VirtualClock } from '@netsip/runtime/testing'
import { echo, memoryBackend, MemoryPacketNetwork, tone, ToneDetector } from '@netsip/media'

const clock = new VirtualClock()
const network = new MemoryPacketNetwork({ clock, delayMs: 5 })
const alice = await memoryBackend(network, { host: '192.0.2.1', clock, idle: 'quiet' }).createSession()
const bob = await memoryBackend(network, { host: '192.0.2.2', clock }).createSession({ codecs: ['PCMA'] })

// in a call these two travel in the INVITE and its 200
const offer = await alice.createOffer()
const answer = await bob.acceptOffer(offer)
alice.acceptAnswer(answer)
console.log(answer.split('\r\n').find((line) => line.startsWith('m=')))

const mirror = echo()
bob.setSource(mirror)
bob.addSink(mirror)
bob.on('dtmf', ({ digit, durationMs }) => console.log(`bob hears ${digit} for ${durationMs} ms`))
bob.start()

const detector = new ToneDetector(440)
alice.addSink(detector)
alice.setSource(tone(440, { durationMs: 3000 }))
alice.start()
clock.advance(3100)

const { codec, sent, received, lost } = alice.stats()
console.log(`${codec}: ${sent} packets out, ${received} back, ${lost} lost`)
console.log(`440 Hz: ${detector.present}, ${Math.round(detector.share * 100)} % of the energy`)

const digits = alice.sendDtmf('42#')
await clock.advanceAsync(500)
await digits

await alice.close()
await bob.close()
