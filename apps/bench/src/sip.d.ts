// The part of `sip` (npm, 0.0.6, without types of its own) that the benchmarks use.
declare module 'sip' {
  export interface KirmAddress {
    uri: string
    params: Record<string, string | undefined>
  }
  export interface KirmHeaders {
    from: KirmAddress
    to: KirmAddress
    contact: { uri: string }[]
    cseq: { method: string; seq: number }
    'call-id': string
  }
  export interface KirmMessage {
    status: number
    headers: KirmHeaders
  }
  export interface KirmRequest {
    method: string
    headers: KirmHeaders
  }
  export interface KirmStack {
    start(
      options: { port: number; address: string; udp?: boolean; tcp?: boolean; maxBytesHeaders?: number },
      onRequest: (request: KirmRequest) => void,
    ): void
    send(message: object, onResponse?: (response: KirmMessage) => void): void
    makeResponse(
      request: KirmRequest,
      status: number,
      reason: string,
      extension?: { headers?: object; content?: string },
    ): object
  }
  const sip: KirmStack
  export default sip
}
