import { type DigestAnswer, DigestSession, DigestVerifier } from '@netsip/auth'
import { CSeq, SipRequest } from '@netsip/message'

const verifier = new DigestVerifier({
  realm: 'biloxi.com',
  // a lookup may return a promise, and { ha1, algorithm } in place of the password, made with the hash that it is told
  lookup: (username) => (username === 'bob' ? { password: 'zanzibar' } : undefined),
})

async function tryWith(password: string): Promise<void> {
  const session = new DigestSession(['bob', password])
  const headers = { From: '<sip:bob@biloxi.com>;tag=456248', To: '<sip:bob@biloxi.com>', 'Call-ID': '843817637684230' }
  const request = new SipRequest({ method: 'REGISTER', uri: 'sip:biloxi.com', headers })
  for (let seq = 1, answer: DigestAnswer = 'retry'; answer === 'retry'; seq++) {
    request.cseq = new CSeq(seq, 'REGISTER')
    const result = await verifier.verify(request, 'www')
    console.log(seq, result.ok ? `welcome, ${result.username}` : result.reason)
    if (result.ok) return
    answer = await session.answer(request, result.response)
    console.log(answer)
  }
}

export const done: Promise<void> = tryWith('zanzibar').then(() => tryWith('guess'))
