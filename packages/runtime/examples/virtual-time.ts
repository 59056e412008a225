import { VirtualClock } from '@netsip/runtime/testing'

const clock = new VirtualClock(Date.UTC(2026, 0, 1))

// RFC 3261 timer E: a request is sent again after 0.5, 1, 2 and then every 4 seconds
let interval = 500
function retransmit(): void {
  console.log(`sent again after ${clock.monotonic()} ms`)
  interval = Math.min(interval * 2, 4000)
  clock.setTimer(interval, retransmit)
}
clock.setTimer(interval, retransmit)

clock.advance(10_000)
console.log(new Date(clock.wall()).toISOString(), clock.pending, 'timer waits')
