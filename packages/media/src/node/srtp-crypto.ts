import { createCipheriv, createHmac } from 'node:crypto'
import type { SrtpCrypto } from '../srtp/crypto.ts'

/** AES and HMAC of OpenSSL. */
export const nodeSrtpCrypto: SrtpCrypto = {
  aesCounter(key, counter, data) {
    return createCipheriv(key.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr', key, counter).update(data)
  },
  hmacSha1(key, first, second) {
    return createHmac('sha1', key).update(first).update(second).digest()
  },
}
