import { describe, expect, test } from 'vitest'
import { createPhone } from './create-phone.ts'
import type { PhoneOptions } from './phone-options.ts'
import { PhoneLab } from './testing/phones.ts'

const aor = 'sip:alice@10.0.0.1'

describe('createPhone refuses', () => {
  test.each<[wrong: unknown, told: RegExp]>([
    [undefined, /options must be an object, not undefined/],
    [aor, /options must be an object, not string/],
    [{}, /'aor' is missing/],
    [{ aor: '' }, /'aor' is missing/],
    [{ aor: 5 }, /'aor' must be of type string/],
    [{ aor, pasword: 'secret' }, /no option 'pasword'/],
    [{ aor, password: 1234 }, /'password' must be of type string, not number/],
    [{ aor, maxCalls: Number.NaN }, /'maxCalls' must be a number from 1 up, not NaN/],
    [{ aor, expires: '60' }, /'expires' must be a number/],
    [{ aor, listen: 5060 }, /'listen' must be of type object/],
    [{ aor, listen: { port: '5060' } }, /'listen' of createPhone: 'port' must be a number/],
    [{ aor, listen: { hots: '127.0.0.1' } }, /'listen' of createPhone: there is no option 'hots'/],
    [{ aor, srtp: 'on' }, /'srtp' is off or sdes, not on/],
    [{ aor: 'alice' }, /'aor' is both user and domain, such as alice@example.com, not alice/],
    [{ aor, codecs: 'PCMU' }, /'codecs' must be of type array/],
    [{ aor, tls: { insecure: 'no' } }, /'tls' of createPhone: 'insecure' must be of type boolean/],
  ])('%o, and says what is expected', async (wrong, told) => {
    const message = expect.stringMatching(told) as string
    await expect(createPhone(wrong as PhoneOptions)).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_SIP_ARGUMENT', message }),
    )
  })

  test('nothing that is left open', async () => {
    const lab = new PhoneLab()
    const phone = await lab.phone('alice', '10.0.0.1', { displayName: undefined, maxCalls: undefined } as object)
    expect(phone.aor.toString()).toBe(aor)
    await lab.close()
  })
})

test.each([
  [undefined, true, 480],
  [true, true, 480],
  [false, false, 405],
])(
  'with messages: %s Allow names MESSAGE: %s, and one that nobody listens for is answered %i',
  async (messages, named, status) => {
    const lab = new PhoneLab()
    const [alice, bob] = await lab.pair({}, messages === undefined ? {} : { messages })
    const { allow } = await lab.until(alice.options('sip:bob@10.0.0.2'))
    expect(allow?.includes('MESSAGE')).toBe(named)
    await expect(lab.until(alice.message('sip:bob@10.0.0.2', 'hello'))).rejects.toMatchObject({ status })
    expect(bob.calls).toEqual([])
    await lab.close()
  },
)
