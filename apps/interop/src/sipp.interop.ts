import { describe, expect, test } from 'vitest'
import { isMissing } from './missing.ts'
import { freePort } from './ports.ts'
import { Scenario, sipp, statistic } from './sipp.ts'
import { softphone } from './softphone.ts'

const transports = [
  { transport: 'udp', option: 'u1' },
  { transport: 'tcp', option: 't1' },
] as const

describe.skipIf(isMissing('sipp'))('sipp', () => {
  test.each(transports)('sipp -sn uac makes 500 calls at 50/s to `softphone answer` over $transport', async (over) => {
    const port = await freePort()
    await using answer = softphone('answer', '--listen', `127.0.0.1:${port}`, '--transport', over.transport)
    await answer.event('listening')
    await using uac = sipp(
      '-sn',
      'uac',
      `127.0.0.1:${port}`,
      '-p',
      String(await freePort()),
      '-t',
      over.option,
      '-r',
      '50',
      '-m',
      '500',
      '-timeout',
      '40s',
    )
    const { code } = await uac.exit
    expect(code, uac.output).toBe(0)
    expect(statistic(uac.output, 'Successful call')).toBe(500)
    expect(statistic(uac.output, 'Failed call')).toBe(0)
    expect((await answer.stop()).code).toBe(0)
    expect(answer.events.filter(({ event }) => event === 'ended')).toHaveLength(500)
  })

  test.each(transports)('`softphone call` calls sipp over $transport and hangs up', async (over) => {
    await using uas = await Scenario.start('uas-call', undefined, over.transport)
    await using call = softphone(
      'call',
      `sip:service@127.0.0.1:${uas.port};transport=${over.transport}`,
      '--listen',
      '127.0.0.1:0',
      '--transport',
      over.transport,
      '--duration',
      '1',
    )
    expect((await call.exit).code, call.output).toBe(0)
    await expect(uas.success()).resolves.toBeUndefined()
    expect(call.events.find(({ event }) => event === 'ended')).toMatchObject({ by: 'local' })
  })
})
