import { flat } from '../base/octets.ts'

const methods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH']
methods.push('INFO', 'REFER', 'MESSAGE', 'UPDATE')

/** `text[start, end)`. The known methods are handed out as the same few strings, so that messages do not each keep one. */
export function methodIn(text: string, start: number, end: number): string {
  const method = text.substring(start, end)
  return methods[methods.indexOf(method)] ?? flat(method)
}
