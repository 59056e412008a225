import { Dispatcher, LossControl } from '@netsip/dispatcher'
import { Via } from '@netsip/message'
import { expect, test } from 'vitest'
import { TestBed } from '../testing/test-bed.ts'
import { clean } from '../testing/test-pair.ts'

async function overloaded(): Promise<TestBed> {
  const bed = new TestBed()
  const { clock, random } = bed
  await bed.dispatcher.close()
  bed.dispatcher = new Dispatcher({ legs: bed.serverLegs, clock, random, overload: new LossControl({ clock }) })
  bed.start()
  return bed
}

test('T116 a request that its next hop asked not to be sent is answered 503, with no Retry-After, and another 500 as before', async () => {
  const bed = await overloaded()
  const [alice, bob] = [bed.agent('alice', '10.0.0.2'), bed.agent('bob', '10.0.0.3')]
  await alice.register()
  await bob.register()
  let asked = 'oc=100;oc-validity=60000'
  bob.onRequest = (request) => {
    request.via = Via.parse(String(request.via).replace(';oc;', `;${asked};oc-seq=1.0;`))
    bob.answer(request, asked === 'oc=0' ? 503 : 200)
  }
  const first = alice.request('MESSAGE', bob.aor)
  await bed.run(50)
  const second = alice.request('MESSAGE', bob.aor)
  await bed.run(50)
  expect([first.final.status, second.final.status]).toEqual([200, 503])
  expect(second.final.headers.has('Retry-After')).toBe(false)
  expect(bob.requests).toHaveLength(1)
  asked = 'oc=0'
  await bed.run(60_000)
  const third = alice.request('MESSAGE', bob.aor)
  await bed.run(50)
  expect(third.final.status).toBe(500)
  expect(await bed.settle()).toEqual(clean)
})
