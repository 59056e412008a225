import { describe, expectTypeOf, test } from 'vitest'
import type * as api from './index.ts'
import { HistoryInfo, Identity, parseMessage, RSeq, SessionExpires } from './index.ts'

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
    expectTypeOf<InstanceType<typeof api.SipParseError>>().toEqualTypeOf<api.SipParseError>()
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

  test('what is made of messages', () => {
    expectTypeOf<ReturnType<api.SipRequest['createResponse']>>().toEqualTypeOf<api.SipResponse>()
    expectTypeOf<ReturnType<api.SipRequest['createAck']>>().toEqualTypeOf<api.SipRequest>()
    expectTypeOf<ReturnType<api.SipRequest['createCancel']>>().toEqualTypeOf<api.SipRequest>()
    expectTypeOf<ReturnType<typeof api.validate>>().toEqualTypeOf<api.Finding[]>()
    expectTypeOf<ReturnType<typeof api.requestFromUri>>().toEqualTypeOf<api.SipRequest>()
    expectTypeOf<ReturnType<typeof api.parseUri>>().toEqualTypeOf<api.Uri>()
    expectTypeOf<ReturnType<api.StreamParser['push']>>().toEqualTypeOf<api.StreamEvent[]>()
    expectTypeOf<ReturnType<typeof api.findPart>>().toEqualTypeOf<api.BodyPart | undefined>()
    expectTypeOf<ReturnType<api.SipRequest['toBytes']>>().toEqualTypeOf<Uint8Array>()
  })

  test('an event carries what its type says', () => {
    type Of<T extends api.StreamEvent['type']> = Extract<api.StreamEvent, { type: T }>
    expectTypeOf<Of<'message'>['message']>().toEqualTypeOf<api.SipMessage>()
    expectTypeOf<Of<'malformed'>>().toHaveProperty('bytes')
    expectTypeOf<Of<'error'>['error']>().toEqualTypeOf<api.SipParseError>()
    expectTypeOf<keyof Of<'ping'>>().toEqualTypeOf<'type'>()
  })

  test('values are for reading only, and a header takes none of another', () => {
    expectTypeOf<Pick<api.Via, 'host'>>().toEqualTypeOf<{ readonly host: string }>()
    expectTypeOf<Pick<api.SessionExpiresValue, 'seconds'>>().toEqualTypeOf<{ readonly seconds: number }>()
    const write = null as unknown as api.SipRequest['write']
    type Values = Parameters<typeof write<api.IdentityValue>>[1]
    expectTypeOf<api.IdentityValue>().toExtend<Values>()
    expectTypeOf<api.ReasonValue>().not.toExtend<api.IdentityValue>()
    expectTypeOf(Identity).toEqualTypeOf<api.ListHeader<api.IdentityValue>>()
    expectTypeOf(SessionExpires).toEqualTypeOf<api.SingleHeader<api.SessionExpiresValue>>()
  })

  test('nothing is any', () => {
    expectTypeOf<api.SipRequest['headers']>().not.toBeAny()
    expectTypeOf<ReturnType<api.SipHeaders['get']>>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Parameters<api.SipHeaders['set']>[1]>().toEqualTypeOf<string | number | readonly (string | number)[]>()
    expectTypeOf<api.StreamEvent['type']>().toEqualTypeOf<'message' | 'ping' | 'pong' | 'malformed' | 'error'>()
  })
})
