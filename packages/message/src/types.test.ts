import { describe, expectTypeOf, test } from 'vitest'
import type * as api from './index.ts'
import { HistoryInfo, parseMessage, RSeq, SessionExpires } from './index.ts'

describe('types', () => {
  test('a message is a request or a response, told apart by type', () => {
    expectTypeOf(parseMessage).parameter(0).toEqualTypeOf<Uint8Array | string>()
    expectTypeOf<ReturnType<typeof parseMessage>>().toEqualTypeOf<api.SipRequest | api.SipResponse>()
    const message = null as unknown as api.SipMessage
    if (message?.type === 'request') expectTypeOf(message).toEqualTypeOf<api.SipRequest>()
    if (message?.type === 'response') expectTypeOf(message).toEqualTypeOf<api.SipResponse>()
  })

  test('typed values', () => {
    expectTypeOf<api.SipRequest['uri']>().toEqualTypeOf<api.SipUri | api.TelUri | api.AbsoluteUri>()
    expectTypeOf<api.SipRequest['vias']>().toEqualTypeOf<readonly api.Via[]>()
    expectTypeOf<api.SipRequest['via']>().toEqualTypeOf<api.Via | undefined>()
    expectTypeOf<api.SipRequest['contacts']>().toEqualTypeOf<readonly api.NameAddr[] | '*'>()
    expectTypeOf<api.SipResponse['status']>().toEqualTypeOf<number>()
    expectTypeOf<api.SipRequest['body']>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<api.SipParseError['request']>().toEqualTypeOf<api.SipRequest | undefined>()
    expectTypeOf<ReturnType<api.SipRequest['clone']>>().toEqualTypeOf<api.SipRequest>()
  })

  test('descriptors carry the type of their values', () => {
    type Read = api.SipRequest['read']
    const read = null as unknown as Read
    if (read) {
      expectTypeOf(read(SessionExpires)).toEqualTypeOf<api.SessionExpiresValue | undefined>()
      expectTypeOf(read(HistoryInfo)).toEqualTypeOf<readonly api.HistoryEntry[]>()
      expectTypeOf(read(RSeq)).toEqualTypeOf<number | undefined>()
    }
  })

  test('nothing is any', () => {
    expectTypeOf<api.SipRequest['headers']>().not.toBeAny()
    expectTypeOf<ReturnType<api.SipHeaders['get']>>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Parameters<api.SipHeaders['set']>[1]>().toEqualTypeOf<string | number | readonly (string | number)[]>()
    expectTypeOf<api.StreamEvent['type']>().toEqualTypeOf<'message' | 'ping' | 'pong' | 'malformed' | 'error'>()
  })
})
