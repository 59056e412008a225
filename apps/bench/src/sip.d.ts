// The part of `sip` (npm, 0.0.6, without types of its own) that the benchmarks use.
declare module 'sip' {
  interface Sip {
    start(options: { port: number; address: string; tcp: boolean }, onRequest: (request: object) => void): void
    send(message: object): void
    makeResponse(request: object, status: number, reason: string): object
  }
  const sip: Sip
  export default sip
}
